// How long an order waits for a customer's records: looks that grow rarer, four notices, an end.

import { describe, expect, it } from 'vitest';
import { DNS_DEADLINE_MS, decideDnsPatience, LONGEST_DNS_PAUSE_MS } from '../../src/domain/awaiting-dns.ts';

const SINCE = new Date('2027-01-11T15:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const moment = (ms: number) => new Date(SINCE.getTime() + ms);

describe('an order that waits for DNS', () => {
  it.each([
    { when: 'at once', told: 0, now: 0, expected: { act: 'tell', number: 1 } },
    { when: 'just told', told: 1, now: 0, expected: { act: 'wait', waitMs: 5_000 } },
    { when: 'after a minute', told: 1, now: 60_000, expected: { act: 'wait', waitMs: 15_000 } },
    { when: 'after five hours', told: 1, now: 5 * HOUR_MS, expected: { act: 'wait', waitMs: HOUR_MS } },
    {
      when: 'shortly before the first day ends',
      told: 1,
      now: DAY_MS - 60_000,
      expected: { act: 'wait', waitMs: 60_000 },
    },
    { when: 'after a day', told: 1, now: DAY_MS, expected: { act: 'tell', number: 2 } },
    { when: 'after a day, told', told: 2, now: DAY_MS, expected: { act: 'wait', waitMs: HOUR_MS } },
    { when: 'after three days', told: 2, now: 3 * DAY_MS, expected: { act: 'tell', number: 3 } },
    { when: 'after eight, asleep since the first', told: 1, now: 8 * DAY_MS, expected: { act: 'tell', number: 4 } },
    {
      when: 'half an hour before the end',
      told: 4,
      now: DNS_DEADLINE_MS - HOUR_MS / 2,
      expected: { act: 'wait', waitMs: HOUR_MS / 2 },
    },
    { when: 'after two weeks', told: 4, now: DNS_DEADLINE_MS, expected: { act: 'give-up' } },
    { when: 'after two weeks, asleep all the time', told: 0, now: DNS_DEADLINE_MS, expected: { act: 'give-up' } },
    { when: 'on a clock that went back', told: 1, now: -HOUR_MS, expected: { act: 'wait', waitMs: 5_000 } },
  ])('$when', ({ told, now, expected }) => {
    expect(decideDnsPatience(SINCE, told, moment(now))).toEqual(expected);
  });

  it('looks fewer than 450 times until the end, and never less often than once an hour', () => {
    let looks = 0;
    let told = 0;
    for (let now = 0; ; looks += 1) {
      const patience = decideDnsPatience(SINCE, told, moment(now));
      if (patience.act === 'give-up') break;
      if (patience.act === 'tell') told = patience.number;
      else {
        expect(patience.waitMs).toBeGreaterThan(0);
        expect(patience.waitMs).toBeLessThanOrEqual(LONGEST_DNS_PAUSE_MS);
        now += patience.waitMs;
      }
    }
    expect([told, looks < 450]).toEqual([4, true]);
  });
});
