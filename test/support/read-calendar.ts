// iCalendar objects, read by ical.js as a calendar program reads them.

import ICAL from 'ical.js';

export interface ReadEvent {
  readonly method: unknown;
  readonly uid: unknown;
  readonly sequence: unknown;
  readonly writtenAt: Date;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly status: unknown;
  readonly organizer: unknown;
  readonly summary: unknown;
  readonly description: unknown;
  readonly location: unknown;
  /** Names of all its properties. */
  readonly properties: readonly string[];
}

/** As it arrives, in octets. Fails unless it is one calendar with one event. */
export function readCalendar(content: string): ReadEvent {
  const calendar = new ICAL.Component(ICAL.parse(Buffer.from(content).toString()));
  const [event, ...others] = calendar.getAllSubcomponents();
  if (event?.name !== 'vevent' || others.length > 0) throw new Error(`no event, or more than one:\n${content}`);
  const value = (name: string): unknown => event.getFirstPropertyValue(name);
  const time = (name: string): Date => {
    const at = value(name);
    if (!(at instanceof ICAL.Time) || at.zone !== ICAL.Timezone.utcTimezone) throw new Error(`${name} is not in UTC`);
    return at.toJSDate();
  };
  return {
    method: calendar.getFirstPropertyValue('method'),
    uid: value('uid'),
    sequence: value('sequence'),
    writtenAt: time('dtstamp'),
    startsAt: time('dtstart'),
    endsAt: time('dtend'),
    status: value('status'),
    organizer: value('organizer'),
    summary: value('summary'),
    description: value('description'),
    location: value('location'),
    properties: event.getAllProperties().map(({ name }) => name),
  };
}
