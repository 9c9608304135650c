// Which names the vault takes and what it says of what it does not hold, whichever adapter keeps it.

import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

const MAX_NAME_LENGTH = 200;

/** Starts with no dot: `.` and `..` lead elsewhere, and hidden files are nobody's wish. */
const SEGMENT = /^[a-z0-9_-][a-z0-9._-]*$/;

/** A `bad-request` problem unless the name is 1 to 200 characters of a-z, 0-9, `-`, `.`, `_` and `/` without an empty or dotted segment. */
export function checkVaultName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && name.split('/').every((segment) => SEGMENT.test(segment))) return;
  throw new Problem(
    'bad-request',
    `vault name ${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))} is not 1 to ${MAX_NAME_LENGTH} characters of a-z, 0-9, - . _ and /, ` +
      'or has an empty or dotted segment',
    { field: 'name' },
  );
}

/** Where key and chain of a certificate that was brought are kept: the same for the same bytes, so that bringing it twice keeps it once. */
export function importedNames(
  partner: string,
  fingerprint: string,
  chainPem: string,
): { readonly key: string; readonly chain: string } {
  const folder = `partners/${partner}/imported/${fingerprint}`;
  const digest = createHash('sha256').update(chainPem).digest('hex').slice(0, 16);
  return { key: `${folder}/key.pem`, chain: `${folder}/chain-${digest}.pem` };
}

/** What every adapter says of a version it does not hold; the reference is no secret. */
export function missingFromVault(ref: { readonly name: string; readonly version: string }): Problem {
  const version = JSON.stringify(ref.version.slice(0, MAX_NAME_LENGTH));
  return new Problem('vault-item-missing', `the vault holds no version ${version} of "${ref.name}"`);
}
