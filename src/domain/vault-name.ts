// Which names the vault takes and what it says of what it does not hold, whichever adapter keeps it.

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

/** What every adapter says of a version it does not hold; the reference is no secret. */
export function missingFromVault(ref: { readonly name: string; readonly version: string }): Problem {
  const version = JSON.stringify(ref.version.slice(0, MAX_NAME_LENGTH));
  return new Problem('vault-item-missing', `the vault holds no version ${version} of "${ref.name}"`);
}
