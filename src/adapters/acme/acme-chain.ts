// The chain an authority sent: certificates and nothing else, leaf first, or a problem.

import { X509Certificate } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';

const MAX_CHAIN_BYTES = 64 * 1024;

const MAX_CERTIFICATES = 10;

/** RFC 8555, 9.1: blocks of RFC 7468's strict encoding, nothing before, between or after them. */
const BLOCK = /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----(?:\s+|$)/;

/**
 * `application/pem-certificate-chain` → the same certificates written our way (64 columns, one newline after each).
 * A block of another kind could be a private key for some program that reads the file later: it is a problem, not skipped.
 * Whether the chain is one to serve (key, names, dates, signatures) is judged in `src/domain/chain.ts`.
 */
export function readChain(body: string): string {
  if (Buffer.byteLength(body) > MAX_CHAIN_BYTES) throw malformed(`over ${MAX_CHAIN_BYTES} bytes`);
  const certificates: X509Certificate[] = [];
  let rest = body.trimStart();
  while (rest !== '') {
    const [block, base64] = BLOCK.exec(rest) ?? [];
    if (block === undefined || base64 === undefined) throw malformed('something that is not a CERTIFICATE block');
    if (certificates.length === MAX_CERTIFICATES) throw malformed(`over ${MAX_CERTIFICATES} certificates`);
    certificates.push(parseCertificate(base64));
    rest = rest.slice(block.length);
  }
  const [leaf] = certificates;
  if (!leaf) throw malformed('no certificate');
  if (leaf.ca) throw malformed('an issuer where the leaf should be');
  return certificates.map((certificate) => `${certificate.toString().trim()}\n`).join('');
}

function parseCertificate(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw new Problem('ca-answer-malformed', 'chain: a block that is no certificate', { cause: error, field: 'chain' });
  }
}

function malformed(saw: string): Problem {
  return new Problem('ca-answer-malformed', `chain: ${saw}`, { field: 'chain' });
}
