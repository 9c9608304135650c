// What a chain of certificates says, and whether a server may serve it.

import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Problem } from './problem.ts';

export interface Leaf {
  /** SHA-256 of the DER, lower hex, no colons: the leaf's identity. */
  readonly fingerprint: string;
  /** Lower hex, no leading zeros. */
  readonly serial: string;
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuer: string;
}

export interface ChainRules {
  /** Every one must stand in the leaf's SAN, and nothing else may. */
  readonly names: readonly string[];
  readonly publicKey: KeyObject;
  /** PEM of the roots the phones trust. */
  readonly roots: readonly string[];
  readonly now: Date;
}

const MAX_CERTIFICATES = 10;

/** A clock of ours or theirs may be this far off before `notBefore` counts as not yet valid. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * Reads a PEM chain, leaf first, and refuses with `chain-not-acceptable` whatever a phone would refuse: another key, other names, dates,
 * a link that is not signed by the next, an end that no root has signed. Answers the leaf and the chain without a root, one LF after each block.
 */
export function acceptChain(pem: string, rules: ChainRules): { readonly leaf: Leaf; readonly chainPem: string } {
  const certificates = readCertificates(pem);
  const [first, ...rest] = certificates;
  if (first === undefined) throw refused('it holds no certificate');

  const leaf = describeLeaf(first);
  if (!isSameKey(first.publicKey, rules.publicKey)) throw refused('the leaf is for another key than the one ordered');
  const wanted = [...rules.names].sort().join(', ');
  const held = [...leaf.names, ...otherNames(first)].sort().join(', ');
  if (wanted !== held) throw refused(`the leaf names ${held || 'nothing'}; ordered was ${wanted}`);
  if (leaf.notAfter <= rules.now) throw refused(`the leaf ended ${leaf.notAfter.toISOString()}`);
  if (leaf.notBefore.getTime() > rules.now.getTime() + CLOCK_TOLERANCE_MS) {
    throw refused(`the leaf begins ${leaf.notBefore.toISOString()}`);
  }

  const sent = [first, ...rest.filter((certificate) => !isSelfSigned(certificate))];
  sent.slice(1).forEach((issuer, i) => {
    const subject = sent[i];
    if (!issuer.ca) throw refused(`${oneLine(issuer.subject)} is not allowed to sign`);
    if (subject !== undefined && !isSignedBy(subject, issuer)) {
      throw refused(
        `certificate ${i + 1} (${oneLine(subject.subject)}) is not signed by the next (${oneLine(issuer.subject)})`,
      );
    }
    if (issuer.validToDate <= rules.now) throw refused(`the intermediate ${oneLine(issuer.subject)} has ended`);
    if (issuer.validFromDate.getTime() > rules.now.getTime() + CLOCK_TOLERANCE_MS)
      throw refused(`the intermediate ${oneLine(issuer.subject)} has not begun`);
  });
  const last = sent.at(-1) ?? first;
  const roots = rules.roots.map((root) => new X509Certificate(root));
  if (!roots.some((root) => isSignedBy(last, root))) {
    throw refused(`no trusted root has signed its end (${oneLine(last.issuer)})`);
  }
  return { leaf, chainPem: sent.map((certificate) => certificate.toString()).join('') };
}

/** What a leaf says of itself. */
export function describeLeaf(certificate: X509Certificate): Leaf {
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    serial: certificate.serialNumber.toLowerCase().replace(/^0+(?=.)/, ''),
    names: dnsNames(certificate),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    issuer: oneLine(certificate.issuer),
  };
}

/** The public half of a private key in PEM. */
export function publicKeyOf(privateKeyPem: string): KeyObject {
  return createPublicKey(privateKeyPem);
}

function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > MAX_CERTIFICATES)
    throw refused(`it holds ${blocks.length} certificates, more than ${MAX_CERTIFICATES}`);
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw refused(`certificate ${i + 1} cannot be read`, cause);
    }
  });
}

/** RFC 6125: names are in the SAN; a common name is no name. */
function dnsNames(certificate: X509Certificate): readonly string[] {
  return alternativeNames(certificate)
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice('DNS:'.length).toLowerCase());
}

/** Addresses, mailboxes, URIs: with their kind in front, so that none is taken for a name. */
function otherNames(certificate: X509Certificate): readonly string[] {
  return alternativeNames(certificate).filter((entry) => !entry.startsWith('DNS:'));
}

function alternativeNames(certificate: X509Certificate): readonly string[] {
  return certificate.subjectAltName?.split(', ') ?? [];
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return isSignedBy(certificate, certificate);
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** `KeyObject.equals` throws for two keys of different types. */
function isSameKey(a: KeyObject, b: KeyObject): boolean {
  const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
  return der(a).equals(der(b));
}

/** Node answers undefined for an empty subject, which every leaf has whose name is too long for a common name. */
function oneLine(text: string | undefined): string {
  if (text === undefined) return 'no subject';
  return text.replaceAll(/\s*\n\s*/g, ', ').slice(0, 200);
}

function refused(why: string, cause?: unknown): Problem {
  return new Problem('chain-not-acceptable', `chain not acceptable: ${why}`, { cause });
}
