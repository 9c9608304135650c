// One line of text from outside, as it may stand in a mail, a log or a terminal.

import { z } from '@hono/zod-openapi';

/** Controls, line ends and what turns the direction of writing; joiners and marks that languages need are taken. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** 1 to `max` characters, blanks around them cut off. */
export function line(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(max, `has more than ${max} characters`)
    .refine((text) => !UNFIT.test(text) && text.isWellFormed(), 'has control characters or line ends');
}
