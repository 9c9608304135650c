// What a customer bought, as it comes in over HTTP: leaf, intermediate and key of an authority that our people trust.

import { IMPORT_ROOT } from './api-world.ts';
import { type DerCertificate, type DerCertificateOptions, makePair, type Pair } from './der-certificates.ts';

const DAY_MS = 86_400_000;

export interface Bought {
  readonly leaf: DerCertificate;
  readonly intermediate: DerCertificate;
  readonly keyPem: string;
}

/** Ninety days from `now`, begun yesterday. */
export function buy(names: readonly string[], now: Date, change: DerCertificateOptions = {}): Bought {
  const pair: Pair = change.pair ?? makePair();
  const dates = { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + 89 * DAY_MS) };
  const intermediate = IMPORT_ROOT.issue({
    ...{ subject: 'Bought Intermediate', ca: { pathLength: 0 } },
    notBefore: new Date(now.getTime() - 900 * DAY_MS),
    notAfter: new Date(now.getTime() + 900 * DAY_MS),
  });
  const leaf = intermediate.issue({ names, ...dates, ...change, pair });
  return { leaf, intermediate, keyPem: leaf.keyPem };
}

export function uploadOf(...texts: readonly string[]): {
  readonly files: readonly { name: string; content: string }[];
} {
  return {
    files: texts.map((text, i) => ({ name: `file-${i + 1}.pem`, content: Buffer.from(text).toString('base64') })),
  };
}
