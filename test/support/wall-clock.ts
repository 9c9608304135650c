// What a clock on a wall of a zone shows in each minute of a stretch of time, asked of Intl alone.

export interface Wall {
  /** The first minute, in milliseconds since 1970. */
  readonly startMs: number;
  /** Minute by minute what is read, as minutes since 1970 on the wall's own calendar. */
  readonly reads: Int32Array;
  /** By how many minutes it is put forth at most. */
  readonly biggestJump: number;
}

const MINUTE_MS = 60_000;

/** Between two looks the clocks are changed at most once. */
const LOOK_MINUTES = 180;

const walls = new Map<string, Wall>();

/** `from` is an ISO moment on a whole minute. Made once, and kept. */
export function wallOf(timeZone: string, from: string, days: number): Wall {
  const key = `${timeZone} ${from} ${days}`;
  const known = walls.get(key);
  if (known !== undefined) return known;
  const startMs = new Date(from).getTime();
  const read = readerOf(timeZone);
  const reads = new Int32Array(days * 1440);
  let biggestJump = 0;
  for (let at = 0; at < reads.length; at += LOOK_MINUTES) {
    let offset = read(startMs + at * MINUTE_MS) - at;
    const offsetAfter = read(startMs + (at + LOOK_MINUTES) * MINUTE_MS) - at - LOOK_MINUTES;
    biggestJump = Math.max(biggestJump, offsetAfter - offset);
    for (let minute = at; minute < Math.min(at + LOOK_MINUTES, reads.length); minute += 1) {
      if (offset !== offsetAfter) offset = read(startMs + minute * MINUTE_MS) - minute;
      reads[minute] = minute + offset;
    }
  }
  const wall = { startMs, reads, biggestJump };
  walls.set(key, wall);
  return wall;
}

function readerOf(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute) / MINUTE_MS;
  };
}
