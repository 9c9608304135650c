// One event as an iCalendar object (RFC 5545, RFC 5546): published, moved or cancelled, the same octets for the same values.

export interface CalendarEvent {
  /** `CANCEL` takes the event out of calendars that have it. */
  readonly method: 'PUBLISH' | 'CANCEL';
  /** The same for the life of the event; calendars move or cancel what they know by it. */
  readonly uid: string;
  /** Grows with every change; a calendar ignores what is older than what it has (RFC 5546, 2.1.4). */
  readonly sequence: number;
  readonly writtenAt: Date;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly status: 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED';
  /** A plain e-mail address; PUBLISH and CANCEL must name one (RFC 5546, 3.2.1 and 3.2.5). */
  readonly organizer: string;
  readonly summary: string;
  readonly description: string;
  readonly location: string;
}

/** RFC 5545, 3.1: a line is no longer than 75 octets, its end not counted. */
const MAX_LINE_OCTETS = 75;

/**
 * Times are in UTC, so no time zone has to be sent along. Nobody is invited and nobody's time is taken: no ATTENDEE (RFC 5546, 3.2.1), and
 * TRANSPARENT, because a server's restart makes no person busy.
 */
export function writeCalendarEvent(event: CalendarEvent): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//E-MetroTel//Certificate service//EN',
    `METHOD:${event.method}`,
    'BEGIN:VEVENT',
    `UID:${escaped(event.uid)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${inUtc(event.writtenAt)}`,
    `DTSTART:${inUtc(event.startsAt)}`,
    `DTEND:${inUtc(event.endsAt)}`,
    `STATUS:${event.status}`,
    'TRANSP:TRANSPARENT',
    `ORGANIZER:mailto:${encodeURIComponent(event.organizer).replace('%40', '@')}`,
    `SUMMARY:${escaped(event.summary)}`,
    `DESCRIPTION:${escaped(event.description)}`,
    `LOCATION:${escaped(event.location)}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** RFC 5545, 3.3.5, form 2; it knows no parts of a second. */
function inUtc(moment: Date): string {
  return moment.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** RFC 5545, 3.3.11. Line ends are `\n` in the value; other controls are not allowed in it, half characters not in UTF-8. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .replaceAll(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n');
}

/**
 * Folds between characters, never inside one, so that whoever decodes before unfolding reads it too; and before the blank between two words, because
 * mail servers have been seen to strip blanks off the ends of lines.
 */
function folded(line: string): string {
  const lines: string[] = [];
  let current = '';
  for (const character of line) {
    if (Buffer.byteLength(current + character) > MAX_LINE_OCTETS) {
      const blank = /[^ ] $/.test(current) ? ' ' : '';
      lines.push(current.slice(0, current.length - blank.length));
      current = ` ${blank}`;
    }
    current += character;
  }
  return [...lines, current].join('\r\n');
}
