// What a schema found wrong, field by field, in words a caller can act on.

import type { z } from '@hono/zod-openapi';
import { quoted } from '../domain/quoted-text.ts';
import { type FieldError, FieldErrors } from './problem-answer.ts';

/** A body can be wrong in thousands of places; nobody reads more. */
export const MAX_FIELD_ERRORS = 20;

/** What was sent is never repeated, except names of unknown fields. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): FieldErrors {
  const [first = { field: 'body', detail: 'does not fit' }, ...more] = issues
    .flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue) : [wrongField(issue)]))
    .slice(0, MAX_FIELD_ERRORS);
  return new FieldErrors(first, more);
}

function unknownFields({ path, keys }: z.core.$ZodIssueUnrecognizedKeys): readonly FieldError[] {
  return keys.slice(0, MAX_FIELD_ERRORS).map((key) => ({
    field: [...path, quoted(key).slice(1, -1)].join('.'),
    detail: 'is not a field of this request; leave it out',
  }));
}

function wrongField(issue: z.core.$ZodIssue): FieldError {
  return { field: issue.path.join('.') || 'body', detail: detailOf(issue) };
}

/** The library's own sentences begin with a capital letter and speak of input; ours go on after the field's name. */
function detailOf({ message }: z.core.$ZodIssue): string {
  const missing = /^Invalid input: expected (.*), received undefined$/.exec(message)?.[1];
  if (missing !== undefined) return `is missing; give a value (${missing})`;
  return message.replace(/^(?:Invalid (?:input|option)|Too (?:small|big)): expected/, 'does not fit; expected');
}
