// The log as JSON lines on a stream: one line a call, whatever the text holds.

import type { Writable } from 'node:stream';
import type { Log, LogFields } from '../../ports/log.ts';

export interface JsonLogOptions {
  /** Its errors are its owner's to handle; the log never waits for it. */
  readonly stream: Writable;

  /** @default - the machine's clock */
  readonly now?: () => Date;
}

/** Longer texts are cut here: one call must not fill a disk. */
const MAX_TEXT_LENGTH = 4_000;

/** Ours come first and are never a field's; a field of such a name gets an underscore. */
const OURS: readonly string[] = ['time', 'level', 'sentence'];

/** What a terminal or a log viewer could obey: C0, DEL, C1, line and paragraph separators, bidirectional controls, byte order mark. */
const CONTROL = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Each line: `time` (ISO 8601), `level`, `sentence`, then the fields that are not undefined. */
export class JsonLog implements Log {
  readonly #stream: Writable;
  readonly #now: () => Date;

  constructor({ stream, now = () => new Date() }: JsonLogOptions) {
    this.#stream = stream;
    this.#now = now;
  }

  info(sentence: string, fields?: LogFields): void {
    this.#write('info', sentence, fields);
  }

  warn(sentence: string, fields?: LogFields): void {
    this.#write('warn', sentence, fields);
  }

  error(sentence: string, fields?: LogFields): void {
    this.#write('error', sentence, fields);
  }

  #write(level: string, sentence: string, fields: LogFields = {}): void {
    const named = Object.entries(fields).map(([name, value]) => [
      OURS.includes(name) ? `${name}_` : name,
      short(value),
    ]);
    const line = { time: this.#now().toISOString(), level, sentence: short(sentence), ...Object.fromEntries(named) };
    this.#stream.write(`${JSON.stringify(line).replace(CONTROL, escaped)}\n`);
  }
}

function short<Value>(value: Value): Value | string {
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
