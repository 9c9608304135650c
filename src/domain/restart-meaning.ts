// What a restart of InfinityOne means to the people who use it, and the words to tell them with.

import { Temporal } from 'temporal-polyfill';
import { type Appointment, needsYes } from './appointment.ts';
import type { NoticePage, Row } from './notice-page.ts';
import { WEEKDAYS } from './restart-window.ts';

/**
 * "The application restart takes approximately one minute", and clients with "Remember Me?" come back by themselves: InfinityOne's own pages
 * for administrators (Administration, General, "Restart the server").
 */
const HOW_LONG = 'about a minute';
const WHAT_DROPS = 'InfinityOne calls in progress drop. Desk phones and trunks go on.';
const COMING_BACK = 'Clients with "Remember Me?" reconnect by themselves; everybody else logs in again.';

export function meaningOfRestart({ runNow }: Pick<Appointment, 'runNow'>): readonly Row[] {
  return [
    ['How long it takes', runNow ? `${HOW_LONG}.` : `${HOW_LONG}, once in that window.`],
    ['What drops', WHAT_DROPS],
    [
      'What users should do',
      `Have no important InfinityOne call ${runNow ? 'just now' : 'in that window'}. ${COMING_BACK}`,
    ],
  ];
}

/**
 * One line to paste. `@all!` alerts everybody who is logged in, for those with InfinityOne's permission `mention-all!` (its change log of
 * February 2018). `when` is the window in words.
 */
export function announcementOf(
  appointment: Pick<Appointment, 'runNow' | 'confirmation' | 'emergency' | 'asked' | 'opensAt'>,
  when: string,
  timeZone: string,
): NonNullable<NoticePage['announcement']> {
  const { runNow, opensAt } = appointment;
  const restarts = runNow ? 'restarts now' : `restarts within ${weekdayOf(opensAt, timeZone)} ${when}`;
  return {
    heading:
      needsYes(appointment) && !runNow
        ? 'To tell your users once it is confirmed, paste this in InfinityOne:'
        : 'To tell your users, paste this in InfinityOne:',
    text: `@all! InfinityOne ${restarts}. It takes ${HOW_LONG}. ${WHAT_DROPS} ${COMING_BACK}`,
  };
}

function weekdayOf(moment: string, timeZone: string): string {
  return nameOfDay(Temporal.Instant.from(moment).toZonedDateTimeISO(timeZone).dayOfWeek);
}

/** 1 is Monday (ISO 8601). */
export function nameOfDay(dayOfWeek: number): string {
  const day = WEEKDAYS[dayOfWeek - 1] ?? '';
  return `${day.slice(0, 1).toUpperCase()}${day.slice(1)}`;
}
