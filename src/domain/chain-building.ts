// Finds the way from a leaf to a root that phones trust, among whatever certificates there are.

import { readSubject } from './certificate-extensions.ts';
import { type CertificateFacts, readCertificateFacts } from './certificate-facts.ts';

/** Roots by their subject (`readSubject`). */
export interface Trust {
  readonly roots: ReadonlyMap<string, readonly TrustedRoot[]>;
}

export interface TrustedRoot {
  /** Read when it is asked for. */
  facts(): CertificateFacts;
  /** One that browsers bring along; others were added by our people. */
  readonly isPublic: boolean;
}

/** PEM texts, one certificate each. A store has about 150, of which a chain needs one or two: only their subjects are read here. */
export function makeTrust(roots: {
  readonly publicRoots: readonly string[];
  readonly addedRoots: readonly string[];
}): Trust {
  const found = new Map<string, TrustedRoot[]>();
  const ders = new Set<string>();
  const add = (pem: string, isPublic: boolean) => {
    const base64 = pem.replace(/-----[^-]+-----|\s/g, '');
    if (ders.has(base64)) return;
    ders.add(base64);
    const der = Buffer.from(base64, 'base64');
    let facts: CertificateFacts | undefined;
    const root: TrustedRoot = {
      isPublic,
      facts: () => {
        facts ??= readCertificateFacts(der);
        return facts;
      },
    };
    const subject = readSubject(der);
    found.set(subject, [...(found.get(subject) ?? []), root]);
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
    for (const { facts, isPublic } of trust.roots.get(last.extensions.issuer) ?? []) {
      const root = facts();
      if (root.fingerprint === last.fingerprint || !isIssuedBy(last, root)) continue;
      isEnd = false;
      paths.push({ chain, end: { kind: 'trusted', root, isPublic } });
    }
    if (chain.length <= MAX_DEPTH) {
      for (const next of pool) {
        if (next.extensions.subject !== last.extensions.issuer || chain.includes(next) || !isIssuedBy(last, next))
          continue;
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

export function isTrusted({ extensions, fingerprint }: CertificateFacts, { roots }: Trust): boolean {
  return (roots.get(extensions.subject) ?? []).some(({ facts }) => facts().fingerprint === fingerprint);
}

/** OpenSSL also asks whether the issuer may sign at all; who may not is found out later, and said. */
function isNamedIssuer(subject: CertificateFacts, issuer: CertificateFacts): boolean {
  if (subject.x509.checkIssued(issuer.x509)) return true;
  return (
    subject.extensions.issuer === issuer.extensions.subject && issuer.extensions.keyUsage?.has(KEY_CERT_SIGN) === false
  );
}

const KEY_CERT_SIGN = 5;
