// docs/notices.md is true: every kind of notice with its audience, its subject and what it does to calendars.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { audienceOf, MAX_WHY_LENGTH, type NoticeKind, writeNotice } from '../src/domain/notice.ts';
import { CHANGES_OF_ONE, noticeCalendar } from '../src/domain/notice-calendar.ts';
import { FRESH_MS, REMINDERS } from '../src/domain/reminders.ts';
import { appointment, order } from './support/notice-facts.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const text = read('docs/notices.md');
const facts = { order, appointment, why: undefined };

function isKind(text: string): text is NoticeKind {
  return kinds().includes(text);
}

/** As the source lists them. */
function kinds(): readonly string[] {
  const union = /export type NoticeKind =([^;]*);/.exec(read('src/domain/notice.ts'))?.[1] ?? '';
  return [...union.matchAll(/'([a-z-]+)'/g)].map((match) => match[1] ?? '');
}

function calendarOf(kind: NoticeKind): string {
  const sender = { writtenAt: new Date(0), organizer: 'a@b.test', domain: 'b.test' };
  const method = noticeCalendar(kind, facts, sender)?.method;
  if (method === undefined) return '–';
  if (method === 'CANCEL') return 'goes';
  return kind === 'restart-announced' || kind === 'restart-asked' ? 'appears' : 'moves';
}

describe('docs/notices.md', () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map((match) => [
    match[1] ?? '',
    ...(match[2] ?? '').split(' | '),
  ]);

  it('lists every kind once', () => {
    expect(kinds().length).toBeGreaterThan(10);
    expect(rows.map(([kind]) => kind).sort()).toEqual([...kinds()].sort());
  });

  it('says to whom each goes, under what subject, and what it does to calendars', () => {
    const window = '2027-01-13 02:00 to 04:00 (America/Toronto)';
    for (const [kind = '', to, when, subject, calendar] of rows) {
      if (!isKind(kind)) throw new Error(`no notice ${kind}`);
      const said = writeNotice(kind, facts)
        .subject.replace(order.request.hostname, '*server*')
        .replace(window, '*window*');
      expect([kind, to, subject, calendar]).toEqual([kind, audienceOf(kind), said, calendarOf(kind)]);
      expect(when).not.toBe('');
    }
  });

  it('has the numbers of the code', () => {
    expect(text).toContain(`cut after ${MAX_WHY_LENGTH} characters`);
    expect(text).toContain(`(each has ${CHANGES_OF_ONE} numbers)`);
  });

  it('says when people are reminded', () => {
    const hours = (ms: number) => ms / 3_600_000;
    expect(REMINDERS.map(({ beforeMs }) => hours(beforeMs))).toEqual([24, 0.25]);
    expect(text).toContain('a day, and a quarter of an hour, before the window');
    expect([hours(FRESH_MS), text.includes('told at least an hour before')]).toEqual([1, true]);
  });

  it('shows the line to paste as it is', () => {
    const line = /^> (@all! .*)$/m.exec(text)?.[1] ?? 'none';
    expect(writeNotice('restart-announced', facts).text).toContain(`\n${line}\n`);
  });
});
