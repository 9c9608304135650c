// Finds the way from a leaf to a root that phones trust, among whatever certificates there are.

import { X509Certificate } from 'node:crypto';
import { type CertificateFacts, readCertificateFacts } from './certificate-facts.ts';

/** Roots by the subject they have. */
export interface Trust {
  readonly roots: ReadonlyMap<string, readonly TrustedRoot[]>;
}

export interface TrustedRoot {
  readonly x509: X509Certificate;
  /** One that browsers bring along; others were added by our people. */
  readonly isPublic: boolean;
}

/** PEM texts, one certificate each. Read once; a store has about 150. */
export function makeTrust(roots: {
  readonly publicRoots: readonly string[];
  readonly addedRoots: readonly string[];
}): Trust {
  const found = new Map<string, TrustedRoot[]>();
  const add = (pem: string, isPublic: boolean) => {
    const x509 = new X509Certificate(pem);
    const list = found.get(x509.subject) ?? [];
    if (list.some((known) => known.x509.fingerprint256 === x509.fingerprint256)) return;
    found.set(x509.subject, [...list, { x509, isPublic }]);
  };
  for (const pem of roots.publicRoots) add(pem, true);
  for (const pem of roots.addedRoots) add(pem, false);
  return { roots: found };
}

export interface Path {
  /** Leaf first, root left out. */
  readonly chain: readonly CertificateFacts[];
  /** What its end leads to: a root we trust, a self-signed one we do not, or nothing that is known. */
  readonly end:
    | { readonly kind: 'trusted'; readonly root: CertificateFacts; readonly isPublic: boolean }
    | { readonly kind: 'private'; readonly root: CertificateFacts }
    | { readonly kind: 'open' };
}

/** Longer chains do not occur; more ways than this, only in what was made to keep us busy. */
const MAX_DEPTH = 8;
const MAX_PATHS = 32;
const MAX_VISITS = 500;

/** Every way there is, the `pool` in the order it is preferred; never empty. */
export function findPaths(leaf: CertificateFacts, pool: readonly CertificateFacts[], trust: Trust): readonly Path[] {
  const issued = new Map<string, boolean>();
  const isIssuedBy = (subject: CertificateFacts, issuer: CertificateFacts): boolean => {
    const pair = `${subject.fingerprint} ${issuer.fingerprint}`;
    const known = issued.get(pair);
    if (known !== undefined) return known;
    const is = isNamedIssuer(subject, issuer) && subject.x509.verify(issuer.x509.publicKey);
    issued.set(pair, is);
    return is;
  };
  const paths: Path[] = [];
  let visits = 0;
  const walk = (chain: readonly CertificateFacts[]): void => {
    const last = chain.at(-1);
    visits += 1;
    if (last === undefined || paths.length >= MAX_PATHS || visits > MAX_VISITS) return;
    let isEnd = true;
    for (const { x509, isPublic } of trust.roots.get(last.x509.issuer) ?? []) {
      const root = readCertificateFacts(x509.raw);
      if (root.fingerprint === last.fingerprint || !isIssuedBy(last, root)) continue;
      isEnd = false;
      paths.push({ chain, end: { kind: 'trusted', root, isPublic } });
    }
    if (chain.length <= MAX_DEPTH) {
      for (const next of pool) {
        if (next.x509.subject !== last.x509.issuer || chain.includes(next) || !isIssuedBy(last, next)) continue;
        isEnd = false;
        if (next.isSelfSigned) {
          if (!isTrusted(next, trust)) paths.push({ chain, end: { kind: 'private', root: next } });
        } else walk([...chain, next]);
      }
    }
    if (isEnd) paths.push({ chain, end: { kind: 'open' } });
  };
  walk([leaf]);
  return paths;
}

export function isTrusted({ x509 }: CertificateFacts, { roots }: Trust): boolean {
  return (roots.get(x509.subject) ?? []).some((root) => root.x509.fingerprint256 === x509.fingerprint256);
}

/** OpenSSL also asks whether the issuer may sign at all; who may not is found out later, and said. */
function isNamedIssuer(subject: CertificateFacts, issuer: CertificateFacts): boolean {
  if (subject.x509.checkIssued(issuer.x509)) return true;
  return subject.x509.issuer === issuer.x509.subject && issuer.extensions.keyUsage?.has(KEY_CERT_SIGN) === false;
}

const KEY_CERT_SIGN = 5;
