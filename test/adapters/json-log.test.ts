// Each call is one line of JSON that no terminal can be fooled by.

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { JsonLog } from '../../src/adapters/files/json-log.ts';

function openLog() {
  const stream = new PassThrough();
  const log = new JsonLog({ stream, now: () => new Date(0) });
  const written = (): string => String(stream.read() ?? '');
  return { log, written };
}

describe('JsonLog', () => {
  it('writes time, level, sentence and fields as one line', () => {
    const { log, written } = openLog();
    log.info('order accepted', { orderId: 'o1', retries: 0, late: false, gone: undefined });
    log.warn('renewal due');
    log.error('order failed', { code: 'ca-busy' });
    expect(written()).toBe(
      [
        '{"time":"1970-01-01T00:00:00.000Z","level":"info","sentence":"order accepted","orderId":"o1","retries":0,"late":false}',
        '{"time":"1970-01-01T00:00:00.000Z","level":"warn","sentence":"renewal due"}',
        '{"time":"1970-01-01T00:00:00.000Z","level":"error","sentence":"order failed","code":"ca-busy"}',
        '',
      ].join('\n'),
    );
  });

  it.each([
    { what: 'a line end', text: 'a\nb\r\u2028\u2029' },
    { what: 'an escape sequence', text: '\u001b[2J\u009b2J\u007f' },
    { what: 'a change of direction', text: '\u202e\u2066\u200f' },
  ])('escapes $what, in sentence, field and name', ({ text }) => {
    const { log, written } = openLog();
    log.info(text, { [text]: text });
    const line = written();
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line)).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'info', sentence: text, [text]: text });
  });

  it('lets no field pass for its own', () => {
    const { log, written } = openLog();
    log.info('true', { time: 'never', level: 'error', sentence: 'false' });
    expect(JSON.parse(written())).toMatchObject({ level: 'info', sentence: 'true', time_: 'never', level_: 'error' });
  });

  it('cuts long texts', () => {
    const { log, written } = openLog();
    log.info('x'.repeat(100_000), { text: 'y'.repeat(100_000) });
    expect(written().length).toBeLessThan(9_000);
  });
});
