// What a store of certificates is given: leaf and intermediates apart, and a key that is the leaf's.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Problem } from './problem.ts';

export interface PublishedChain {
  readonly leafPem: string;
  /** Absent where the chain is the leaf alone. */
  readonly intermediatesPem: string | undefined;
  /** Of the leaf. */
  readonly names: readonly string[];
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** `publication-refused` where there is no leaf, or the key is none or another's; nothing of it is shown. */
export function publishedChain(chainPem: string, privateKeyPem: string): PublishedChain {
  const [leafPem, ...others] = chainPem.match(BLOCK) ?? [];
  const leaf = leafPem === undefined ? undefined : parsed(() => new X509Certificate(leafPem));
  if (leafPem === undefined || leaf === undefined) throw refused('the chain holds no certificate that can be read');
  const key = parsed(() => createPrivateKey(privateKeyPem));
  if (key === undefined) throw refused('the private key is in no form we can read');
  if (!leaf.checkPrivateKey(key)) throw refused('the private key does not belong to the leaf');
  const names = (leaf.subjectAltName ?? '').split(', ').flatMap((part) => /^DNS:(.+)$/.exec(part)?.[1] ?? []);
  return {
    leafPem: `${leafPem}\n`,
    intermediatesPem: others.length === 0 ? undefined : `${others.join('\n')}\n`,
    names: names.map((name) => name.toLowerCase()),
  };
}

function refused(why: string): Problem {
  return new Problem('publication-refused', `certificate is not published: ${why}`);
}

function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
