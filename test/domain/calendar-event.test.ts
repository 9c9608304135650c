// One event as iCalendar: what is written is what calendar programs read, whatever text stands in it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalendarEvent, writeCalendarEvent } from '../../src/domain/calendar-event.ts';
import { readCalendar } from '../support/read-calendar.ts';

const event: CalendarEvent = {
  method: 'PUBLISH',
  uid: 'o1@certificates.emetrotel.test',
  sequence: 100_002,
  writtenAt: new Date('2027-01-11T15:00:00.123Z'),
  startsAt: new Date('2027-01-13T07:00:00.000Z'),
  endsAt: new Date('2027-01-13T09:00:00.000Z'),
  status: 'CONFIRMED',
  organizer: 'certificates@emetrotel.test',
  summary: 'InfinityOne restart on pbx.northwind.test',
  description: 'first line\nsecond; with, all \\ that \\n must be escaped',
  location: 'pbx.northwind.test',
};

const anyText = fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' });
const hostileText = fc
  .array(fc.constantFrom('\\', ';', ',', '\n', '\\n', ':', '"', 'é', '世', '👩‍👩‍👧', 'END:VEVENT', ' ', 'x'), {
    maxLength: 200,
    size: 'max',
  })
  .map((parts) => parts.join(''));

describe('an event', () => {
  it('is read as it was written', () => {
    expect(readCalendar(writeCalendarEvent(event))).toEqual({
      ...event,
      writtenAt: new Date('2027-01-11T15:00:00.000Z'),
      organizer: 'mailto:certificates@emetrotel.test',
      properties: [
        'uid',
        'sequence',
        'dtstamp',
        'dtstart',
        'dtend',
        'status',
        'transp',
        'organizer',
        'summary',
        'description',
        'location',
      ],
    });
  });

  it('is the same octets for the same values', () => {
    expect(writeCalendarEvent({ ...event })).toBe(writeCalendarEvent(event));
    expect(writeCalendarEvent(event).split('\r\n').slice(0, 8)).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//E-MetroTel//Certificate service//EN',
      'METHOD:PUBLISH',
      'BEGIN:VEVENT',
      'UID:o1@certificates.emetrotel.test',
      'SEQUENCE:100002',
      'DTSTAMP:20270111T150000Z',
    ]);
  });

  it('escapes what RFC 5545 wants escaped, also where readers are lenient', () => {
    const written = writeCalendarEvent({ ...event, summary: 'a;b,c\\d\ne:"f"' });
    expect(written).toContain('\r\nSUMMARY:a\\;b\\,c\\\\d\\ne:"f"\r\n');
  });

  it('is read as it was written, with any text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hostileText), (text) => {
        const read = readCalendar(writeCalendarEvent({ ...event, summary: text, description: text, location: text }));
        const expected = text.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\n]/gu, ' ');
        expect([read.summary, read.description, read.location]).toEqual([expected, expected, expected]);
      }),
    );
  });

  it('has lines of at most 75 octets that end in CRLF and cut no character', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hostileText), (description) => {
        const written = Buffer.from(writeCalendarEvent({ ...event, description })).toString('latin1');
        const lines = written.split('\r\n');
        expect(lines.pop()).toBe('');
        expect(lines.join('')).not.toMatch(/[\r\n]/);
        const utf8 = new TextDecoder('utf-8', { fatal: true });
        for (const line of lines) {
          expect(line.length).toBeLessThanOrEqual(75);
          expect(() => utf8.decode(Buffer.from(line, 'latin1'))).not.toThrow();
        }
      }),
    );
  });

  it('has no line that ends in a blank, wherever words end', () => {
    for (let length = 1; length < 90; length += 1) {
      const description = `${'x'.repeat(length)} ${'word '.repeat(40)}é 世 ends`;
      const written = writeCalendarEvent({ ...event, description });
      expect(written).not.toMatch(/ \r\n/);
      expect(readCalendar(written).description).toBe(description);
    }
  });

  it.each([
    'x\r\nATTENDEE:mailto:everyone@northwind.test',
    'x\nEND:VEVENT\nBEGIN:VALARM\nACTION:EMAIL',
    'x\u0000\u0007\u001b[2J\u0085y',
    '\ud800 half a character',
  ])('holds nothing but what we write, though its text is %j', (text) => {
    const written = writeCalendarEvent({ ...event, summary: text, description: text, location: text, uid: text });
    expect(readCalendar(written).properties).toEqual(readCalendar(writeCalendarEvent(event)).properties);
    expect(Buffer.from(written).toString()).toBe(written);
    expect(written).not.toMatch(/[^\P{Cc}\r\n]/u);
  });

  it('names its organizer as an address, whatever stands in it', () => {
    const organizer = "o'neill+a?b=c#d@emetrotel.test";
    const uri = new URL(String(readCalendar(writeCalendarEvent({ ...event, organizer })).organizer));
    expect([uri.protocol, decodeURIComponent(uri.pathname), uri.search, uri.hash]).toEqual([
      'mailto:',
      organizer,
      '',
      '',
    ]);
  });
});
