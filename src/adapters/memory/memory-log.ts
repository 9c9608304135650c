// The log in memory, for tests: what was said, in order.

import type { Log, LogFields } from '../../ports/log.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly sentence: string;
  readonly fields: LogFields;
}

export class MemoryLog implements Log {
  readonly #lines: LogLine[] = [];

  /** Oldest first. */
  lines(): readonly LogLine[] {
    return [...this.#lines];
  }

  info(sentence: string, fields: LogFields = {}): void {
    this.#lines.push({ level: 'info', sentence, fields: { ...fields } });
  }

  warn(sentence: string, fields: LogFields = {}): void {
    this.#lines.push({ level: 'warn', sentence, fields: { ...fields } });
  }

  error(sentence: string, fields: LogFields = {}): void {
    this.#lines.push({ level: 'error', sentence, fields: { ...fields } });
  }
}
