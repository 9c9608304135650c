// A bypass on its leash: reminded at shares of its time, escalated at its end, never longer than it was asked for.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  BYPASS_WEEK_MS,
  type Bypass,
  isOverdue,
  MAX_BYPASS_MS,
  planBypass,
  SWITCH_OFF_MS,
  toldBy,
} from '../../src/domain/bypass.ts';

const DAY_MS = 24 * 3_600_000;
const SINCE = new Date('2027-01-01T00:00:00Z');
const at = (days: number) => new Date(SINCE.getTime() + days * DAY_MS);
/** Of forty days. */
const open: Bypass = {
  partner: 'emetrotel',
  hostname: 'pbx.northwind.test',
  orderId: 'o1',
  reason: 'trial',
  since: SINCE.toISOString(),
  until: at(40).toISOString(),
  told: 0,
};

/** Comes by every hour for so many days; what was told on which day. */
function story(bypass: Bypass, days: number, from = 0): readonly string[] {
  const told: string[] = [];
  let kept = bypass;
  for (let hour = from * 24; hour <= days * 24; hour += 1) {
    const now = at(hour / 24);
    const plan = planBypass(kept, now);
    if (plan.act !== 'tell') continue;
    told.push(`${plan.notice} ${hour / 24}`);
    kept = { ...kept, told: toldBy(kept, now) };
  }
  return told;
}

it('is reminded of at a half, a quarter and a tenth of its time, escalated at its end and every week after', () => {
  expect(story(open, 55)).toEqual([
    'bypass-ends 20',
    'bypass-ends 30',
    'bypass-ends 36',
    'bypass-overdue 40',
    'bypass-overdue 47',
    'bypass-overdue 54',
  ]);
  expect([isOverdue(open, at(39)), isOverdue(open, at(40))]).toEqual([false, true]);
});

it('that nobody looked at for long is told of once, not once for each moment missed', () => {
  expect(story(open, 35, 31)).toEqual(['bypass-ends 31']);
  expect(story(open, 60, 50)).toEqual(['bypass-overdue 50', 'bypass-overdue 54']);
});

it('is to be switched off as soon as a trusted certificate is served, asked for again every three days, whatever its end was', () => {
  const needless: Bypass = { ...open, neededUntil: at(10).toISOString() };
  expect(story(needless, 17, 10)).toEqual([
    'bypass-to-switch-off 10',
    'bypass-to-switch-off 13',
    'bypass-to-switch-off 16',
  ]);
  expect(isOverdue(needless, at(41))).toBe(false);
});

it('is over when somebody has said that it is off', () => {
  expect(planBypass({ ...open, offAt: at(5).toISOString() }, at(50))).toEqual({ act: 'over' });
});

it('says when to look again', () => {
  expect(planBypass(open, at(1))).toEqual({ act: 'wait', until: at(20) });
  expect(planBypass(open, at(20))).toMatchObject({ act: 'tell', nextAt: at(30) });
  expect(planBypass(open, at(40))).toMatchObject({ act: 'tell', nextAt: at(47) });
});

it('has the numbers of docs/bypass.md', () => {
  const text = readFileSync(new URL('../../docs/bypass.md', import.meta.url), 'utf8');
  for (const words of [
    `at most ${MAX_BYPASS_MS / DAY_MS} days ahead`,
    `every ${BYPASS_WEEK_MS / DAY_MS} days after it`,
    `every ${SWITCH_OFF_MS / DAY_MS} days, until`,
  ])
    expect(text).toContain(words);
});
