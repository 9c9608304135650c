// What one `read` carries along, and how something encrypted is opened with whichever password fits.

import type { GatheredMaterial } from './gathered-material.ts';
import { type KeyWork, TooMuchWork } from './key-work.ts';
import { notReadable, passwordNeeded, passwordWrong } from './upload-problems.ts';

export interface UploadReading {
  readonly material: GatheredMaterial;
  /** As given, the same one once. */
  readonly passwords: readonly string[];
  readonly work: KeyWork;
}

/** Undefined is no password at all. */
export type Password = string | undefined;

/** Those given first; then what files without a password of their own are made with. */
export function passwordsToTry(
  given: readonly string[],
  { withNone }: { readonly withNone: boolean },
): readonly Password[] {
  return [...new Set<Password>([...given, '', ...(withNone ? [undefined] : [])])];
}

/**
 * The first answer that is not undefined. None is `upload-password-needed` or `upload-password-wrong`; a file that asks for more rounds than there is time for is
 * `upload-not-readable`, unless all given were tried: the empty one then is not.
 */
export async function openWith<Opened>(
  candidates: readonly Password[],
  { from, passwords }: { readonly from: string; readonly passwords: readonly string[] },
  attempt: (password: Password) => Promise<Opened | undefined>,
): Promise<Opened> {
  for (const [index, password] of candidates.entries()) {
    try {
      const opened = await attempt(password);
      if (opened !== undefined) return opened;
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error;
      if (index === 0 || index < passwords.length) throw tooManyRounds(from);
      break;
    }
  }
  throw passwords.every((password) => password === '') ? passwordNeeded(from) : passwordWrong(from);
}

function tooManyRounds(from: string) {
  return notReadable(
    from,
    'asks for more rounds of computing with its password than there is time for',
    'export it anew with 100,000 rounds or fewer (openssl takes 2,048)',
  );
}
