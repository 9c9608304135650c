// When we stop knocking at a server that refuses our key.

import { describe, expect, it } from 'vitest';
import { isSshStopped, MAX_FAILED_AUTHENTICATIONS } from '../../src/domain/server.ts';

const at = (hour: number) => new Date(Date.UTC(2027, 0, 11, hour)).toISOString();

describe('SSH to a server', () => {
  it.each([
    { when: 'nothing is known', guard: undefined, stopped: false },
    { when: 'nothing was refused', guard: { failedAt: [] }, stopped: false },
    { when: 'we were refused once', guard: { failedAt: [at(0)] }, stopped: false },
    { when: 'we were refused twice at once', guard: { failedAt: [at(0), at(0)] }, stopped: true },
    { when: 'we were refused twice within a day', guard: { failedAt: [at(0), at(23)] }, stopped: true },
    { when: 'we were refused twice a day apart', guard: { failedAt: [at(0), at(24)] }, stopped: false },
    { when: 'the last two of three are near', guard: { failedAt: [at(0), at(30), at(40)] }, stopped: true },
    { when: 'the last two of three are far', guard: { failedAt: [at(0), at(1), at(30)] }, stopped: false },
  ])('is stopped when $when: $stopped', ({ guard, stopped }) => {
    expect(isSshStopped(guard)).toBe(stopped);
  });

  it('leaves people four of the six attempts after which the server blocks us', () => {
    expect(MAX_FAILED_AUTHENTICATIONS).toBe(2);
  });
});
