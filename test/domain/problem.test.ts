// Problems keep their code on every way: thrown, wrapped, and after a way that leaves only name and message.

import { describe, expect, it } from 'vitest';
import { adviceFor, isProblemCode, Problem, problemCode, problemCodes } from '../../src/domain/problem.ts';

describe('a problem', () => {
  it('carries its code as its name, and what is known of it', () => {
    const cause = new Error('closed');
    const problem = new Problem('ca-rate-limited', 'too many orders', {
      cause,
      retryAfterMs: 60_000,
      field: 'hostname',
    });
    expect(problem).toMatchObject({ name: 'ca-rate-limited', retryAfterMs: 60_000, field: 'hostname', cause });
    expect(new Problem('not-found', 'x')).toMatchObject({ retryAfterMs: undefined, field: undefined });
  });

  it('is known by its name alone, however deep it is wrapped', () => {
    const travelled = Object.assign(new Error('no zone'), { name: 'no-zone-for-name' });
    expect(problemCode(travelled)).toBe('no-zone-for-name');
    expect(problemCode(new Error('step', { cause: new Error('call', { cause: travelled }) }))).toBe('no-zone-for-name');
  });

  it.each([new TypeError('x'), new Error('x', { cause: 'not-found' }), 'not-found', undefined, { name: 'not-found' }])(
    'is not made of %o',
    (error) => {
      expect(problemCode(error)).toBeUndefined();
    },
  );

  it.each(['toString', 'constructor', '__proto__', 'Error', ''])('has no code %j', (text) => {
    expect(isProblemCode(text)).toBe(false);
  });

  it('of every code has a status that fits its advice', () => {
    expect(problemCodes().length).toBeGreaterThan(40);
    for (const code of problemCodes()) {
      const { retry, status } = adviceFor(code);
      expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      expect(isProblemCode(code)).toBe(true);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      if (status === 503) expect([code, retry]).toEqual([code, 'later']);
    }
  });
});
