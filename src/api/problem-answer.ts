// How a problem looks to a caller: RFC 9457 with our codes.

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CertificateRefusal } from '../domain/certificate-refusal.ts';
import { adviceFor, isProblemCode, Problem, type ProblemCode } from '../domain/problem.ts';

export interface ProblemAnswer {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Path of the field at fault, where one is. */
  readonly field?: string;
  /** Every field at fault, when there are several. */
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/** A request that does not fit its schema: one `bad-request` with every field named. */
export class FieldErrors extends Problem {
  readonly errors: readonly FieldError[];

  constructor(first: FieldError, more: readonly FieldError[]) {
    super('bad-request', `${first.field} ${first.detail}`, { field: first.field });
    this.errors = [first, ...more];
  }
}

/** Anything that is not a `Problem` is a bug: it is logged with its stack by `onBug`, and the caller learns nothing of it. */
export function answerProblem(error: Error, c: Context, onBug: (error: Error) => void): Response {
  if (error instanceof HTTPException && error.status < 500) return answerProblem(ofFramework(error), c, onBug);
  if (!isProblemCode(error.name)) {
    onBug(error);
    return send(c, {
      type: 'about:blank',
      title: 'internal error',
      status: 500,
      code: 'internal',
      detail: 'our fault; it has been logged',
    });
  }
  const field = error instanceof Problem ? error.field : undefined;
  const errors = errorsOf(error);
  return answer(c, error.name, error.message, { ...(field && { field }), ...(errors && { errors }) });
}

function errorsOf(error: Error): readonly FieldError[] | undefined {
  if (error instanceof FieldErrors) return error.errors;
  if (!(error instanceof CertificateRefusal)) return undefined;
  return error.findings.map(({ code, sentence, remedy }) => ({
    field: 'certificate',
    detail: `${code}: ${sentence}. ${remedy}`,
  }));
}

/** What the framework refuses before we see it: a body of another kind, or one that cannot be read. */
function ofFramework(error: HTTPException): Problem {
  const [field, cause] = ['body', error];
  if (error.status === 415)
    return new Problem('unsupported-media-type', 'the body is no JSON by its Content-Type; send application/json', {
      field,
      cause,
    });
  return new Problem('bad-request', 'the body is no JSON (RFC 8259)', { field, cause });
}

function answer(
  c: Context,
  code: ProblemCode,
  detail: string,
  more: Pick<ProblemAnswer, 'field' | 'errors'>,
): Response {
  const status = adviceFor(code).status;
  return send(c, {
    type: `urn:ucx-certs:problem:${code}`,
    title: code.replaceAll('-', ' '),
    status,
    code,
    detail,
    ...more,
  });
}

function send(c: Context, problem: ProblemAnswer): Response {
  if (problem.status === 401) c.header('WWW-Authenticate', 'Bearer realm="ucx-certs"');
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
  });
}
