// Which failures of DynamoDB are worth another try.

import { describe, expect, it } from 'vitest';
import { dynamodbTrouble } from '../../src/adapters/aws/dynamodb-trouble.ts';

describe('trouble with DynamoDB', () => {
  it.each([
    {
      what: 'throttling',
      error: Object.assign(new Error(), { name: 'ProvisionedThroughputExceededException' }),
      seen: 'ProvisionedThroughputExceededException',
    },
    {
      what: 'a server error',
      error: Object.assign(new Error(), { $metadata: { httpStatusCode: 502 } }),
      seen: 'server error',
    },
    { what: 'a lost connection', error: Object.assign(new Error(), { code: 'ECONNRESET' }), seen: 'ECONNRESET' },
    {
      what: 'no answer in time',
      error: Object.assign(new Error(), { name: 'TimeoutError', code: 'ETIMEDOUT' }),
      seen: 'TimeoutError ETIMEDOUT',
    },
    { what: 'the deadline', error: new DOMException('', 'AbortError'), seen: 'AbortError' },
  ])('is $what', ({ error, seen }) => {
    expect(dynamodbTrouble(error, 'write an item')).toMatchObject({
      name: 'inventory-unavailable',
      message: `inventory did not write an item: ${seen}`,
      cause: error,
    });
  });

  it.each([
    {
      what: 'missing rights',
      error: Object.assign(new Error(), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
    },
    { what: 'a bug of ours', error: new TypeError('x') },
    { what: 'what is no error', error: 'ECONNRESET' },
  ])('is not $what: it goes up as it is', ({ error }) => {
    expect(dynamodbTrouble(error, 'write an item')).toBe(error);
  });
});
