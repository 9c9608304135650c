// How long InfinityOne is waited for: often at first, seldom later, and never into the time of the renewal.

import { expect, it } from 'vitest';
import { decideSitePatience, SITE_DEADLINE_MS, SITE_SHARE } from '../../src/domain/awaiting-site.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SINCE = new Date('2027-01-01T00:00:00Z');
const at = (ms: number) => new Date(SINCE.getTime() + ms);
const lasting = (days: number) => ({ notBefore: SINCE, notAfter: at(days * DAY_MS) });

it.each([
  { when: 'at first', afterMs: 0, waitMs: 5 * 60_000 },
  { when: 'in the first hour', afterMs: 59 * 60_000, waitMs: 5 * 60_000 },
  { when: 'on the first day', afterMs: HOUR_MS, waitMs: HOUR_MS },
  { when: 'later', afterMs: DAY_MS, waitMs: 6 * HOUR_MS },
])('is looked at again in $waitMs ms $when', ({ afterMs, waitMs }) => {
  expect(decideSitePatience(SINCE, lasting(90), at(afterMs))).toEqual({ act: 'wait', waitMs });
});

it.each([398, 200, 90, 47, 6])('is over before a third of %i days is left', (days) => {
  const endsMs = Math.min(SITE_DEADLINE_MS, days * DAY_MS * (1 - SITE_SHARE));
  expect(endsMs).toBeLessThan(days * DAY_MS * (2 / 3));
  expect(decideSitePatience(SINCE, lasting(days), at(endsMs - 1))).toEqual({ act: 'wait', waitMs: 1 });
  expect(decideSitePatience(SINCE, lasting(days), at(endsMs))).toEqual({ act: 'give-up' });
});

it('needs fewer looks in all than an execution has operations for', () => {
  let now = SINCE;
  let looks = 0;
  for (; ; looks += 1) {
    const patience = decideSitePatience(SINCE, lasting(398), now);
    if (patience.act === 'give-up') break;
    now = new Date(now.getTime() + patience.waitMs);
  }
  expect(looks).toBeLessThan(500);
});
