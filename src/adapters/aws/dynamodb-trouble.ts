// What DynamoDB's failures mean to us, and how long we put up with them.

import { Problem } from '../../domain/problem.ts';

/** Settings of every client of ours: four attempts (throttling and 5xx are tried again by the SDK), none of which may hang. */
export const dynamodbClientSettings = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** One call with all its attempts and the pauses between them. */
export const CALL_DEADLINE_MS = 30_000;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.MessagesAndCodes */
const THROTTLED: readonly string[] = [
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
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
  'TimeoutError',
];

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Throttling, 5xx and no answer are an `inventory-unavailable` problem; anything else (rights, a missing table) is given back as it is. */
export function dynamodbTrouble(error: unknown, doing: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const names = [error.name, typeof code === 'string' ? code : ''];
  const busy = names.some((name) => THROTTLED.includes(name)) || ($metadata?.httpStatusCode ?? 0) >= 500;
  if (!busy && !names.some((name) => NOT_ANSWERED.includes(name))) return error;
  const seen = names.filter((name) => name !== '' && name !== 'Error').join(' ');
  return new Problem('inventory-unavailable', `inventory did not ${doing}: ${seen || 'server error'}`, {
    cause: error,
  });
}
