// How something was encrypted with a password, read from its AlgorithmIdentifier.

import { type BerElement, oidOf } from './ber-element.ts';
import { partsOf } from './der-kind.ts';
import type { KeyWork } from './key-work.ts';
import { readPbes1 } from './pbes1-scheme.ts';
import { readPbes2 } from './pbes2-scheme.ts';

export interface PasswordScheme {
  /** As people call it, for a remark. */
  readonly name: string;
  /** Nobody should encrypt so any more. */
  readonly isOutdated: boolean;
  /** Whether no password and the empty one give different keys. */
  readonly tellsNoneFromEmpty: boolean;
  /** Undefined: wrong password, or damaged. Throws `TooMuchWork` before it would take too long. */
  readonly decrypt: (octets: Uint8Array, password: string | undefined, work: KeyWork) => Promise<Buffer | undefined>;
}

/** A text names what is not known here. */
export function readPasswordScheme(algorithm: BerElement): PasswordScheme | string {
  const [id, parameters] = partsOf(algorithm);
  const oid = oidOf(id);
  if (oid === undefined || parameters === undefined) return 'an unreadable algorithm';
  return readPbes2(oid, parameters) ?? readPbes1(oid, parameters) ?? `the algorithm ${oid}`;
}
