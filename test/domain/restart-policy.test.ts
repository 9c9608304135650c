// Policies of all kinds against an oracle that walks along a wall clock: what is accepted is kept, what is refused cannot be.

import { describe, expect, it } from 'vitest';
import * as appointments from '../../src/domain/appointment.ts';
import * as judgement from '../../src/domain/policy-judgement.ts';
import * as plans from '../../src/domain/restart-plan.ts';
import * as windows from '../../src/domain/restart-window.ts';
import { decisionsWith, type PlantedBug } from '../support/planted-bug.ts';
import { provePolicy } from '../support/policy-proof.ts';
import type { Decisions } from '../support/restart-run.ts';

const SEED = 20_270_314;
const CASES = 3_000;
const PART = 500;
const ours: Decisions = { ...windows, ...plans, ...judgement, ...appointments };

describe('every policy that is accepted is kept, and every one that is refused cannot be', () => {
  it.each(Array.from({ length: CASES / PART }, (_, part) => part * PART))('in cases from %i', (from) => {
    const proofs = Array.from({ length: PART }, (_, i) => provePolicy(ours, SEED, from + i));
    expect(proofs.flatMap(({ wrong }) => wrong).slice(0, 5)).toEqual([]);
    const count = (is: (proof: (typeof proofs)[number]) => boolean) => proofs.filter(is).length;
    expect(count(({ isAccepted }) => !isAccepted)).toBeGreaterThan(PART / 10);
    expect(count(({ ending }) => ending === 'restarted')).toBeGreaterThan(PART / 4);
    expect(count(({ ending }) => ending === 'needs-attention')).toBeGreaterThan(PART / 10);
  });
});

describe('a bug is found', () => {
  it.each<{ in: string; from?: number; bug: PlantedBug }>([
    {
      in: 'midnight crossing: a window ends on the day it begins',
      bug: {
        file: 'restart-window.ts',
        line: 'const crossesMidnight = window.end <= window.start;',
        instead: 'const crossesMidnight = false;',
      },
    },
    {
      in: 'midnight crossing: the window that began yesterday is not looked for',
      from: 95,
      bug: {
        file: 'restart-window.ts',
        line: 'for (let ahead = -1;',
        instead: 'for (let ahead = 0;',
      },
    },
    {
      in: 'the missing hour: a time in it is put forth by as much',
      from: 170,
      bug: {
        file: 'restart-window.ts',
        line: "(before.getTimeZoneTransition('next') ?? before).epochMilliseconds",
        instead: "wall.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds",
      },
    },
    {
      in: 'the missing hour: it is not seen to be missing when a policy is judged',
      bug: { file: 'policy-judgement.ts', line: 'const YEAR_DAYS = 385;', instead: 'const YEAR_DAYS = 120;' },
    },
    {
      in: 'the repeated hour: a window begins in its first coming',
      from: 101,
      bug: {
        file: 'restart-window.ts',
        line: "window.start, timeZone, 'later')",
        instead: "window.start, timeZone, 'earlier')",
      },
    },
    {
      in: 'the repeated hour: a window ends in its second coming',
      from: 535,
      bug: {
        file: 'restart-window.ts',
        line: "window.end, timeZone, 'earlier')",
        instead: "window.end, timeZone, 'later')",
      },
    },
    {
      in: 'a freeze: its last day is none of it',
      bug: { file: 'restart-window.ts', line: 'from <= day && day <= to', instead: 'from <= day && day < to' },
    },
    {
      in: 'a freeze: a window of the evening before goes on through midnight',
      from: 66,
      bug: {
        file: 'restart-window.ts',
        line: 'closesAt: closesAt < midnight ? closesAt : midnight',
        instead: 'closesAt',
      },
    },
    {
      in: 'a freeze: a window of its last evening opens after midnight',
      bug: {
        file: 'restart-window.ts',
        line: 'if (isFrozen(date, freezeDates)) return [];',
        instead: 'if (isFrozen(date, freezeDates) && isFrozen(date.add({ days: 1 }), freezeDates)) return [];',
      },
    },
    {
      in: 'a freeze: a policy is judged without it',
      bug: {
        file: 'policy-judgement.ts',
        line: 'const frozen = openingsWithFreezes(policy, earliest, now);',
        instead: 'const frozen: readonly Opening[] = [];',
      },
    },
    {
      in: 'a freeze: lifetimes that come after it are judged by it',
      bug: {
        file: 'policy-judgement.ts',
        line: 'new Date(Math.max(earliest.getTime(), dueFrom + noticeMs))',
        instead: 'earliest',
      },
    },
    {
      in: 'a move: the window that began yesterday is not looked for',
      bug: { file: 'restart-window.ts', line: '[today.subtract({ days: 1 }), today]', instead: '[today]' },
    },
    {
      in: 'the last safe date: a window that reaches beyond it is not cut',
      from: 159,
      bug: {
        file: 'restart-plan.ts',
        line: 'return lastSafe !== undefined && lastSafe < closesAt ? lastSafe : closesAt;',
        instead: 'return closesAt;',
      },
    },
    {
      in: 'the notice: it is not waited for',
      bug: {
        file: 'restart-plan.ts',
        line: 'openingsAfter(policy, earliestRestart(policy, now), 1)',
        instead: 'openingsAfter(policy, now, 1)',
      },
    },
    {
      in: 'confirmation: nobody is waited for',
      bug: {
        file: 'appointment.ts',
        line: 'if (isUnconfirmed(appointment)) return { next',
        instead: 'if (false) return { next',
      },
    },
    {
      in: 'postponements: one too many is allowed',
      bug: { file: 'appointment.ts', line: 'times <= most', instead: 'times <= most + 1' },
    },
    {
      in: 'an emergency: nobody has allowed it',
      bug: {
        file: 'restart-plan.ts',
        line: "if (!isInTime && policy.emergency === 'restart')",
        instead: 'if (!isInTime)',
      },
    },
    {
      in: 'an emergency: people are not told in time',
      from: 61,
      bug: {
        file: 'restart-plan.ts',
        line: 'Math.min(policy.minimumNoticeSeconds, EMERGENCY_NOTICE_SECONDS)',
        instead: '0',
      },
    },
    {
      in: 'the room: a policy is judged without it',
      bug: {
        file: 'policy-judgement.ts',
        line: 'const waitMs = noticeMs + gap.lengthMs + MINIMUM_ROOM_MS;',
        instead: 'const waitMs = noticeMs + gap.lengthMs;',
      },
    },
  ])('in $in', async ({ bug, from = 0 }) => {
    const decisions = await decisionsWith(bug);
    const isFound = (number: number) => provePolicy(decisions, SEED, number).wrong.length > 0;
    // From a case that shows it; the search goes round all of them when it does not any more.
    expect(Array.from({ length: CASES }, (_, number) => (from + number) % CASES).some(isFound)).toBe(true);
  });

  it('only where there is one', async () => {
    const same = await decisionsWith();
    expect(Array.from({ length: 100 }, (_, number) => provePolicy(same, SEED, number).wrong).flat()).toEqual([]);
  });
});
