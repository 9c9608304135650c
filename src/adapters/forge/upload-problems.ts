// The four ways an upload can be refused, worded the same everywhere: the file, what was seen, what would be right.

import { Problem } from '../../domain/problem.ts';
import { onOneLine, quoted } from '../../domain/quoted-text.ts';

/** What may be sent, for the end of a message. */
export const WHAT_IS_TAKEN =
  'PEM (.pem, .crt, .key), PKCS#7 (.p7b), PKCS#12 (.pfx, .p12), or the zip as the CA made it';

/** Longest part of a place that comes from a file name, in characters. */
const MAX_NAME = 80;

/** A file name as a place shows it: one line, no path of the sender's machine. */
export function shownName(name: string): string {
  const base =
    onOneLine(name.slice(-4 * MAX_NAME))
      .split(/[\\/]/)
      .at(-1)
      ?.trim() ?? '';
  if (base === '') return 'unnamed file';
  return base.length > MAX_NAME ? `${base.slice(0, MAX_NAME)}…` : base;
}

export function notReadable(from: string, saw: string, right = `send ${WHAT_IS_TAKEN}`): Problem {
  return new Problem('upload-not-readable', `${quotedPlace(from)} ${saw}; ${right}`);
}

export function passwordNeeded(from: string): Problem {
  return new Problem('upload-password-needed', `${quotedPlace(from)} is encrypted; send the password it was made with`);
}

export function passwordWrong(from: string): Problem {
  return new Problem(
    'upload-password-wrong',
    `${quotedPlace(from)} opens with none of the passwords given; send the one it was made with, or export it anew if it is damaged`,
  );
}

export function tooLarge(saw: string): Problem {
  return new Problem('upload-too-large', `${saw}; send only the leaf, its key and its intermediates`);
}

/** Long enough for a file in a zip and the block in it. */
function quotedPlace(from: string): string {
  return quoted(from, 3 * MAX_NAME);
}
