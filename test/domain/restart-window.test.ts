// When a server may be touched: every opening lies in the window that the customer's own clock shows.

import { describe, expect, it } from 'vitest';
import { judgePolicy } from '../../src/domain/policy-judgement.ts';
import { lastSafeAt } from '../../src/domain/renewal.ts';
import { earliestRestart, openingAt, openingsAfter, type WindowPolicy } from '../../src/domain/restart-window.ts';

type Windows = WindowPolicy['windows'];

function policy(timeZone: string, windows: Windows, minimumNoticeSeconds = 0): WindowPolicy {
  return { timeZone, windows, minimumNoticeSeconds, confirmation: 'nobody', maxActiveCalls: 0 };
}

function openings(of: WindowPolicy, from: string, count: number): readonly string[] {
  return openingsAfter(of, new Date(from), count).map(
    ({ opensAt, closesAt }) => `${opensAt.toISOString().slice(0, 16)} ${closesAt.toISOString().slice(0, 16)}`,
  );
}

const wednesday: Windows = [{ day: 'wednesday', start: '02:00', end: '04:00' }];

describe('openings', () => {
  it.each<{ when: string; zone: string; windows: Windows; from: string; expected: readonly string[] }>([
    {
      when: 'come every week',
      zone: 'Etc/UTC',
      windows: wednesday,
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-13T02:00 2027-01-13T04:00', '2027-01-20T02:00 2027-01-20T04:00'],
    },
    {
      when: 'begin at the moment asked for inside a window',
      zone: 'Etc/UTC',
      windows: wednesday,
      from: '2027-01-13T03:50Z',
      expected: ['2027-01-13T03:50 2027-01-13T04:00'],
    },
    {
      when: 'leave out a window with less than ten minutes left',
      zone: 'Etc/UTC',
      windows: wednesday,
      from: '2027-01-13T03:51Z',
      expected: ['2027-01-20T02:00 2027-01-20T04:00'],
    },
    {
      when: 'cross midnight and belong to the day they start on',
      zone: 'Etc/UTC',
      windows: [{ day: 'saturday', start: '23:00', end: '01:00' }],
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-16T23:00 2027-01-17T01:00'],
    },
    {
      when: 'may have begun yesterday',
      zone: 'Etc/UTC',
      windows: [{ day: 'saturday', start: '23:00', end: '01:00' }],
      from: '2027-01-17T00:30Z',
      expected: ['2027-01-17T00:30 2027-01-17T01:00'],
    },
    {
      when: 'end at 24:00',
      zone: 'Etc/UTC',
      windows: [{ day: 'sunday', start: '22:00', end: '24:00' }],
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-17T22:00 2027-01-18T00:00'],
    },
    {
      when: 'begin at 24:00, which is the next day',
      zone: 'Etc/UTC',
      windows: [{ day: 'sunday', start: '24:00', end: '02:00' }],
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-11T00:00 2027-01-11T02:00', '2027-01-18T00:00 2027-01-18T02:00'],
    },
    {
      when: 'last a day when both ends are the same',
      zone: 'Etc/UTC',
      windows: [{ day: 'sunday', start: '00:00', end: '00:00' }],
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-17T00:00 2027-01-18T00:00'],
    },
    {
      when: 'are in order, whatever the order of the windows',
      zone: 'Etc/UTC',
      windows: [
        { day: 'monday', start: '20:00', end: '21:00' },
        { day: 'monday', start: '04:00', end: '05:00' },
      ],
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-11T04:00 2027-01-11T05:00', '2027-01-11T20:00 2027-01-11T21:00'],
    },
    {
      when: 'follow the zone, not ours',
      zone: 'Pacific/Kiritimati',
      windows: wednesday,
      from: '2027-01-11T00:00Z',
      expected: ['2027-01-12T12:00 2027-01-12T14:00'],
    },
    {
      when: 'are shorter where summer time begins inside (Toronto, 02:00 to 03:00 missing)',
      zone: 'America/Toronto',
      windows: [{ day: 'sunday', start: '01:00', end: '04:00' }],
      from: '2027-03-13T00:00Z',
      expected: ['2027-03-14T06:00 2027-03-14T08:00'],
    },
    {
      when: 'end where the missing hour begins',
      zone: 'America/Toronto',
      windows: [{ day: 'sunday', start: '01:30', end: '02:30' }],
      from: '2027-03-13T00:00Z',
      expected: ['2027-03-14T06:30 2027-03-14T07:00'],
    },
    {
      when: 'begin where the missing hour ends',
      zone: 'America/Toronto',
      windows: [{ day: 'sunday', start: '02:30', end: '04:00' }],
      from: '2027-03-13T00:00Z',
      expected: ['2027-03-14T07:00 2027-03-14T08:00'],
    },
    {
      when: 'are left out on the day on which they do not exist',
      zone: 'America/Toronto',
      windows: [{ day: 'sunday', start: '02:00', end: '03:00' }],
      from: '2027-03-13T00:00Z',
      expected: ['2027-03-21T06:00 2027-03-21T07:00'],
    },
    {
      when: 'are longer where an hour inside comes twice (Berlin, 02:00 to 03:00)',
      zone: 'Europe/Berlin',
      windows: [{ day: 'sunday', start: '01:00', end: '04:00' }],
      from: '2027-10-30T00:00Z',
      expected: ['2027-10-30T23:00 2027-10-31T03:00'],
    },
    {
      when: 'end when the clock first shows the end',
      zone: 'Europe/Berlin',
      windows: [{ day: 'sunday', start: '01:00', end: '02:30' }],
      from: '2027-10-30T00:00Z',
      expected: ['2027-10-30T23:00 2027-10-31T00:30'],
    },
    {
      when: 'begin when the clock last shows the beginning',
      zone: 'Europe/Berlin',
      windows: [{ day: 'sunday', start: '02:30', end: '04:00' }],
      from: '2027-10-30T00:00Z',
      expected: ['2027-10-31T01:30 2027-10-31T03:00'],
    },
    {
      when: 'take the first coming of an hour that comes twice',
      zone: 'Europe/Berlin',
      windows: [{ day: 'sunday', start: '02:10', end: '02:50' }],
      from: '2027-10-30T00:00Z',
      expected: ['2027-10-31T00:10 2027-10-31T00:50'],
    },
    {
      when: 'know half hours (Lord Howe, 02:00 to 02:30 missing)',
      zone: 'Australia/Lord_Howe',
      windows: [{ day: 'sunday', start: '01:00', end: '02:15' }],
      from: '2027-10-02T00:00Z',
      expected: ['2027-10-02T14:30 2027-10-02T15:30'],
    },
    {
      when: 'know half hours that come twice (Lord Howe, 01:30 to 02:00)',
      zone: 'Australia/Lord_Howe',
      windows: [{ day: 'sunday', start: '01:45', end: '03:00' }],
      from: '2027-04-03T00:00Z',
      expected: ['2027-04-03T15:15 2027-04-03T16:30'],
    },
  ])('$when', ({ zone, windows, from, expected }) => {
    expect(openings(policy(zone, windows), from, expected.length)).toEqual(expected);
  });

  it('are as many as asked for, within the months in which a certificate lives', () => {
    const from = new Date('2027-01-11T00:00Z');
    expect(openingsAfter(policy('Etc/UTC', wednesday), from, 3)).toHaveLength(3);
    expect(openingsAfter(policy('Etc/UTC', wednesday), from, 1_000)).toHaveLength(17);
  });
});

describe('frozen days', () => {
  const nightly = {
    ...policy('America/Toronto', everyDay('22:00', '02:00')),
    freezeDates: [{ from: '2027-12-24', to: '2027-12-25' }],
  };

  it('cut the window of the evening before at midnight; their own do not open, not even after the last of them', () => {
    expect(openings(nightly, '2027-12-23T12:00Z', 2)).toEqual([
      '2027-12-24T03:00 2027-12-24T05:00',
      '2027-12-27T03:00 2027-12-27T07:00',
    ]);
  });

  it.each([
    { moment: '2027-12-24T04:59:59Z', closesAt: '2027-12-24T05:00:00.000Z' },
    { moment: '2027-12-24T05:00:00Z', closesAt: undefined },
    { moment: '2027-12-26T06:59:59Z', closesAt: undefined },
    { moment: '2027-12-27T06:59:59Z', closesAt: '2027-12-27T07:00:00.000Z' },
  ])('are no moment to move to: at $moment the window closes $closesAt', ({ moment, closesAt }) => {
    expect(openingAt(nightly, new Date(moment))?.closesAt.toISOString()).toBe(closesAt);
  });
});

describe('the opening at a moment', () => {
  const overlapping = policy('Etc/UTC', [
    { day: 'monday', start: '22:00', end: '24:00' },
    { day: 'monday', start: '23:00', end: '02:00' },
  ]);

  it.each([
    { moment: '2027-01-11T21:59:59.999Z', closesAt: undefined },
    { moment: '2027-01-11T22:00Z', closesAt: '2027-01-12T00:00:00.000Z' },
    { moment: '2027-01-11T23:30Z', closesAt: '2027-01-12T02:00:00.000Z' },
    { moment: '2027-01-12T01:59:59Z', closesAt: '2027-01-12T02:00:00.000Z' },
    { moment: '2027-01-12T02:00Z', closesAt: undefined },
  ])(
    '$moment closes $closesAt: the first moment is in, the last is out, of several the longest',
    ({ moment, closesAt }) => {
      expect(openingAt(overlapping, new Date(moment))?.closesAt.toISOString()).toBe(closesAt);
    },
  );
});

describe('a policy that is set', () => {
  const now = new Date('2027-06-01T00:00Z');
  const judge = (of: WindowPolicy) => () => judgePolicy(of, now, 'windowPolicy');

  it.each([
    { when: 'one window a week and two days of notice', of: policy('America/Toronto', wednesday, 48 * 3600) },
    {
      when: 'a night that summer time only shortens',
      of: policy('America/Toronto', [{ day: 'sunday', start: '02:00', end: '03:30' }], 0),
    },
    { when: 'every day', of: policy('Europe/Berlin', everyDay('03:00', '04:00'), 11 * 86_400) },
    {
      when: 'a long window with a short one inside',
      of: policy(
        'Etc/UTC',
        [
          { day: 'sunday', start: '00:00', end: '24:00' },
          { day: 'sunday', start: '01:00', end: '01:30' },
        ],
        6.25 * 86_400,
      ),
    },
  ])('is taken: $when', ({ of }) => {
    expect(judge(of)).not.toThrow();
  });

  it.each(['Mars/Olympus', '+05:00', '', 'Z', 'America/Toronto\u001b[2J'])('is refused for the zone %j', (timeZone) => {
    expect(judge(policy(timeZone, wednesday))).toThrow(
      expect.objectContaining({
        name: 'bad-request',
        field: 'windowPolicy.timeZone',
        message: expect.stringMatching(
          /^windowPolicy\.timeZone "[\x20-\x7e]*" is no IANA time zone; give one like America/,
        ),
      }),
    );
  });

  it.each<{ when: string; of: WindowPolicy }>([
    { when: 'no window', of: policy('Etc/UTC', []) },
    { when: 'nine minutes', of: policy('Etc/UTC', [{ day: 'monday', start: '02:00', end: '02:09' }]) },
  ])('can never open with $when', ({ of }) => {
    expect(judge(of)).toThrow(
      expect.objectContaining({
        name: 'window-never-opens',
        field: 'windowPolicy.windows',
        message: 'windowPolicy.windows never leave 10 minutes for a restart; give a window that is longer',
      }),
    );
  });

  it('cannot open in time when the notice alone is longer than what a certificate leaves', () => {
    const problem = expect.objectContaining({
      name: 'window-too-late',
      field: 'windowPolicy',
      message: expect.stringContaining(
        'windowPolicy may make a restart wait 38.4 days (31.5 for the notice, and no window from',
      ),
    });
    expect(judge(policy('Etc/UTC', wednesday, 30 * 86_400))).toThrow(problem);
    expect(judge(policy('Etc/UTC', wednesday, 30 * 86_400))).toThrow(/leaves 12\.8; it fits no lifetime in use$/);
    expect(judge(policy('Etc/UTC', wednesday, 6 * 86_400))).toThrow(/leaves 12\.8; it fits lifetimes from 64 days$/);
  });

  it('counts the week in which summer time swallows the window, in whatever season it is set', () => {
    const sunday = policy('America/Toronto', [{ day: 'sunday', start: '02:00', end: '03:00' }], 3600);
    for (const set of ['2027-01-01T00:00Z', '2027-05-01T00:00Z', '2027-12-01T00:00Z'])
      expect(() => judgePolicy(sunday, new Date(set), 'windowPolicy')).toThrow(
        /no window from 202\d-03-\d\dT07:50:00.000Z for 13\.9 days/,
      );
  });
});

describe('a freeze that is set', () => {
  const weekly = policy('Etc/UTC', wednesday, 48 * 3600);
  const judge = (from: string, to: string, now: string) => () =>
    judgePolicy({ ...weekly, freezeDates: [{ from, to }] }, new Date(now), 'windowPolicy');

  it('is taken as long as the certificates renewed by then leave it', () => {
    expect(judge('2026-12-24', '2027-01-05', '2026-11-26T00:00Z')).not.toThrow();
    expect(judge('2027-12-24', '2028-01-04', '2027-06-01T00:00Z')).not.toThrow();
    expect(judge('2027-12-23', '2028-01-05', '2027-06-01T00:00Z')).toThrow(
      /no window from 2027-12-22T03:50:00.000Z for 20\.9 days\); a certificate of 64 days leaves 18\.1; it fits lifetimes from 90 days$/,
    );
    expect(judge('2028-12-23', '2028-12-29', '2028-06-01T00:00Z')).toThrow(
      /a certificate of 45 days leaves 12\.8; it fits lifetimes from 64 days$/,
    );
  });

  it('does not count when it is over', () => {
    expect(judge('2028-06-01', '2028-06-30', '2028-07-01T00:00Z')).not.toThrow();
    expect(judge('2028-06-01', '2028-06-30', '2028-06-08T00:00Z')).toThrow(/window-too-late|no window from 2028-06-/);
  });

  it('counts from the day it is set, when it has begun', () => {
    expect(judge('2028-06-01', '2028-06-30', '2028-06-27T00:00Z')).not.toThrow();
  });
});

describe('the notice', () => {
  it.each([
    { notice: 0, earliest: '2027-01-11T00:00:02.000Z' },
    { notice: 5, earliest: '2027-01-11T00:00:07.000Z' },
    { notice: 86_400, earliest: '2027-01-12T01:12:00.000Z' },
  ])('of $notice seconds has time before it in which people are told', ({ notice, earliest }) => {
    expect(earliestRestart(policy('Etc/UTC', wednesday, notice), new Date('2027-01-11T00:00Z')).toISOString()).toBe(
      earliest,
    );
  });
});

describe('the last safe date', () => {
  it('is a twentieth of the lifetime before the end', () => {
    const served = { notBefore: new Date('2027-01-01T00:00Z'), notAfter: new Date('2027-04-11T00:00Z') };
    expect(lastSafeAt(served).toISOString()).toBe('2027-04-06T00:00:00.000Z');
  });
});

function everyDay(start: string, end: string): Windows {
  return (['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const).map((day) => ({
    day,
    start,
    end,
  }));
}
