// Which rotation is asked for, how long it goes on, and what its executions are called.

import { describe, expect, it } from 'vitest';
import { pauseBeforeRound, rotationName, rotationToBegin, type SshRotation } from '../../src/domain/ssh-rotation.ts';
import { EXECUTION_NAME } from '../../src/sandbox/engine/service-limits.ts';

const at = new Date('2027-01-11T15:00:00Z');
const askedAt = '2027-01-10T15:00:00.000Z';
const second: SshRotation = { generation: 2, run: 1, part: 4, round: 2, askedAt, from: 'cursor' };
const complete = { ...second, endedAt: askedAt, left: 0 };
const leftBehind = { ...second, endedAt: askedAt, left: 3 };
const fresh = { run: 1, part: 1, round: 1, askedAt: at.toISOString() };

describe('asking for a rotation', () => {
  it.each<{
    what: string;
    rotation?: SshRotation;
    newest?: number;
    execution?: 'absent' | 'running' | 'succeeded' | 'failed' | 'stopped';
    replaces?: number;
    becomes: SshRotation;
  }>([
    { what: 'for the first time', newest: 1, becomes: { ...fresh, generation: 2 } },
    { what: 'for the first time, by name', newest: 1, replaces: 1, becomes: { ...fresh, generation: 2 } },
    { what: 'while it runs', rotation: second, execution: 'running', becomes: second },
    { what: 'before it was begun', rotation: second, execution: 'absent', becomes: second },
    { what: 'after it failed', rotation: second, execution: 'failed', becomes: { ...fresh, generation: 2, run: 2 } },
    {
      what: 'after it was stopped',
      rotation: second,
      execution: 'stopped',
      becomes: { ...fresh, generation: 2, run: 2 },
    },
    {
      what: 'after a part ended without a next',
      rotation: second,
      execution: 'succeeded',
      becomes: { ...fresh, generation: 2, run: 2 },
    },
    { what: 'after it left servers behind', rotation: leftBehind, becomes: { ...fresh, generation: 2, run: 2 } },
    { what: 'after it was complete', rotation: complete, becomes: { ...fresh, generation: 3 } },
    { what: 'after it was complete, naming what went', rotation: complete, replaces: 1, becomes: complete },
    {
      what: 'after it was complete, naming the newest',
      rotation: complete,
      replaces: 2,
      becomes: { ...fresh, generation: 3 },
    },
    {
      what: 'while it runs, naming the newest',
      rotation: second,
      execution: 'running',
      replaces: 2,
      becomes: { ...fresh, generation: 3 },
    },
    {
      what: 'before its key is drawn, naming that key',
      rotation: second,
      newest: 1,
      execution: 'running',
      replaces: 2,
      becomes: second,
    },
    {
      what: 'after servers were left behind, naming what goes',
      rotation: leftBehind,
      replaces: 1,
      becomes: { ...fresh, generation: 2, run: 2 },
    },
  ])('$what', ({ rotation, newest = 2, execution, replaces, becomes }) => {
    expect(rotationToBegin({ rotation, newest, execution }, { at, replaces })).toEqual(becomes);
  });

  it('names no key that is not there yet', () => {
    const state = { rotation: second, newest: 1, execution: 'running' as const };
    expect(() => rotationToBegin(state, { at, replaces: 3 })).toThrow('there is no key 3; the newest is 2');
  });
});

describe('rounds', () => {
  it('come with growing pauses, for a week', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 30].map((round) => pauseBeforeRound({ ...second, round }, at));
    expect(pauses).toEqual([300, 900, 3_600, 14_400, 28_800, 28_800, 28_800]);
    const days = (count: number) => new Date(new Date(askedAt).getTime() + count * 24 * 3_600_000);
    expect(pauseBeforeRound(second, days(6.99))).toBe(900);
    expect(pauseBeforeRound(second, days(7))).toBeUndefined();
  });
});

describe('the name of an execution', () => {
  it('is one that Lambda takes, for the longest partner and a rotation that has come far', () => {
    const far = { ...second, generation: 999, run: 99, part: 99_999 };
    const name = rotationName('p'.repeat(40), far);
    expect(name).toMatch(EXECUTION_NAME);
    expect(name).not.toBe(rotationName('p'.repeat(40), { ...far, part: 1 }));
  });
});
