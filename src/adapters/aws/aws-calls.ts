// Calls to AWS under one deadline: what is throttled, broken or unanswered there is a problem that says to come back.

import { Problem, type ProblemCode } from '../../domain/problem.ts';
import { withoutSecrets } from '../../domain/secret-text.ts';

/** Settings of every client but DynamoDB's and Route 53's: four attempts (throttling and 5xx are tried again by the SDK), none of which may hang. */
export const awsClientSettings = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** One call with all its attempts and the pauses between them. */
export const AWS_CALL_DEADLINE_MS = 30_000;

export interface AwsCall {
  /** What did not happen, for the message: `vault did not <doing>`. */
  readonly doing: string;
  /** The problem of a call that may succeed later. */
  readonly unavailable: ProblemCode;
  /** @default AWS_CALL_DEADLINE_MS */
  readonly timeoutMs?: number | undefined;
}

/** https://github.com/smithy-lang/smithy-typescript: THROTTLING_ERROR_CODES of service-error-classification, and S3's own. */
const THROTTLED: readonly string[] = [
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
];

const NOT_ANSWERED: readonly string[] = [
  'AbortError',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'RequestTimeout',
  'TimeoutError',
];

/**
 * Sends, and waits no longer than the deadline, also where a body is still coming. Throttling, 5xx and no answer are the call's problem;
 * what AWS refuses for itself is thrown as it is.
 */
export async function callAws<Output>(
  { doing, unavailable, timeoutMs = AWS_CALL_DEADLINE_MS }: AwsCall,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  const ended = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { name: 'TimeoutError' }));
    ended.abort();
  }, timeoutMs);
  const sent = send({ abortSignal: ended.signal });
  sent.catch(() => undefined);
  try {
    return await Promise.race([sent, late.promise]);
  } catch (error) {
    if (!isPassing(error)) throw error;
    throw new Problem(unavailable, `did not ${doing}: ${awsWords(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the same call may succeed a little later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const names = namesOf(error);
  const status = awsStatus(error) ?? 0;
  return (
    status >= 500 || status === 429 || names.some((name) => THROTTLED.includes(name) || NOT_ANSWERED.includes(name))
  );
}

/** The HTTP status, or undefined where there was no answer. */
export function awsStatus(error: unknown): number | undefined {
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: unknown } };
  return typeof $metadata?.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined;
}

export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** What AWS calls it and says of it, cut and cleaned: it may quote what was sent. */
export function awsWords(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const names = namesOf(error).filter((name) => name !== '' && name !== 'Error');
  const said = withoutSecrets(error.message.slice(0, 2_000)).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return `${[...new Set(names)].join(' ') || 'error'}: ${said.slice(0, 300)}`;
}

function namesOf(error: Error): readonly string[] {
  const { code } = error as { code?: unknown };
  return [error.name, typeof code === 'string' ? code : ''];
}
