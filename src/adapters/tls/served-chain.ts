// What a TLS client saw: the chain exactly as the server sent it, and whether a phone would go on.

import type { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { ServedChain } from '../../ports/probes.ts';

/** More than any public chain has; a longer one is an attack or a mistake. */
export const MAX_CERTIFICATES = 10;

/** All certificates of a handshake together, in bytes of DER. */
export const MAX_CHAIN_BYTES = 65_536;

/** Most names, and longest text, we pass on of what a stranger wrote into its certificate. */
const MAX_NAMES = 100;
const MAX_TEXT_LENGTH = 500;

/** OID of `serverAuth`; Apple requires it in the leaf (https://support.apple.com/en-us/103769), OpenSSL does not. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/**
 * Reads the chain of a handshake that is complete and was full (no resumption, where nothing is sent). Once per socket:
 * Node hands the certificates over and keeps none. Throws an error with a sentence when there is none or it is out of bounds.
 *
 * Node gives `getPeerX509Certificate` the stack of certificates of the Certificate message, in the order sent, and
 * `issuerCertificate` is simply the next of them (src/crypto/crypto_x509.cc, `X509Certificate::GetPeerCert`); it adds none of
 * its own store, as `getPeerCertificate(true)` does. What cannot be seen: which path OpenSSL took through what was sent, and
 * what it would have said had the server sent less.
 */
export function readServedChain(socket: TLSSocket): ServedChain {
  const sent = sentCertificates(socket);
  const leaf = sent[0];
  if (leaf === undefined) throw new Error('the server sent no certificate');
  if (Number.isNaN(leaf.validFromDate.getTime()) || Number.isNaN(leaf.validToDate.getTime())) {
    throw new Error('the dates of the certificate cannot be read');
  }
  const distrust = distrustOf(socket, leaf);
  return {
    chainPem: sent.map((certificate) => certificate.toString()),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
    names: namesOf(leaf),
    issuer: printable(leaf.issuer ?? ''),
    serial: leaf.serialNumber.toLowerCase().replace(/^0+(?=.)/, ''),
    protocol: socket.getProtocol() ?? 'unknown',
    trusted: distrust === undefined,
    distrust,
  };
}

/** Node lets a name match `commonName` when there is no SAN; phones do not (RFC 9525, 2), nor do we. */
export function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname) return checkServerIdentity(name, certificate);
  return Object.assign(new Error('the certificate has no SAN'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

function sentCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  let bytes = 0;
  let next = socket.getPeerX509Certificate();
  while (next !== undefined) {
    sent.push(next);
    bytes += next.raw.length;
    if (sent.length > MAX_CERTIFICATES) throw new Error(`the server sent more than ${MAX_CERTIFICATES} certificates`);
    if (bytes > MAX_CHAIN_BYTES) throw new Error(`the server sent more than ${MAX_CHAIN_BYTES} bytes of certificates`);
    next = next.issuerCertificate;
  }
  return sent;
}

function distrustOf(socket: TLSSocket, leaf: X509Certificate): string | undefined {
  if (!socket.authorized) {
    const word = wordOf(socket.authorizationError);
    // Node has no word for what OpenSSL's security level refuses: weak keys and digests.
    return word === 'UNSPECIFIED' && hasWeakKey(leaf) ? 'EE_KEY_TOO_SMALL' : printable(word);
  }
  return leaf.keyUsage?.includes(SERVER_AUTH) === true ? undefined : 'INVALID_PURPOSE';
}

/** Typed as Error, but Node sets OpenSSL's word itself (lib/_tls_wrap.js, `onConnectSecure`). */
function wordOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'UNSPECIFIED';
}

/** Apple and OpenSSL's level 2 agree on RSA of 2048 bits at least (https://support.apple.com/en-us/103769). */
function hasWeakKey({ publicKey }: X509Certificate): boolean {
  return publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < 2048;
}

/** Node separates the parts with a comma and writes a comma inside one as `\u002c`, so no name can hide in another. */
function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName
    .split(', ')
    .flatMap((part) => /^(?:DNS|IP Address):(.*)$/s.exec(part)?.[1] ?? [])
    .slice(0, MAX_NAMES)
    .map((name) => printable(name).toLowerCase());
}

function printable(text: string): string {
  return text
    .replaceAll('\n', ', ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, MAX_TEXT_LENGTH);
}
