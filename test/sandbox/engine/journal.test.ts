import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/sandbox/engine/journal.ts';
import { temporaryFolder } from './engine-under-test.ts';

const LINES = [{ n: 1, text: 'first' }, { n: 2, text: 'zweite: ü\n"' }, { n: 3 }];

function written(): { readonly path: string; readonly bytes: Buffer } {
  const path = join(temporaryFolder(), 'j.jsonl');
  const journal = Journal.create(path);
  for (const line of LINES) journal.append(line);
  return { path, bytes: readFileSync(path) };
}

describe('a journal', () => {
  it('is read as it was written, by its owner only', () => {
    const { path } = written();
    expect(Journal.read(path).lines).toEqual(LINES);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('cut off at any byte is read up to its last whole line, and goes on from there', () => {
    const { path, bytes } = written();
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      const whole = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
      const { journal, lines } = Journal.read(path);
      expect(lines).toEqual(LINES.slice(0, whole));
      journal.append({ after: length });
      expect(Journal.read(path).lines).toEqual([...LINES.slice(0, whole), { after: length }]);
    }
  });

  it('takes away what an unfinished write left, also when that is longer than the next line', () => {
    const { path, bytes } = written();
    writeFileSync(path, Buffer.concat([bytes, Buffer.from(`{"torn":"${'x'.repeat(500)}`)]));
    Journal.read(path).journal.append({ n: 4 });
    expect(Journal.read(path).lines).toEqual([...LINES, { n: 4 }]);
  });

  it('takes away a whole line that was written but never acknowledged', () => {
    const { path } = written();
    const { journal } = Journal.read(path);
    appendFileSync(path, `${JSON.stringify({ unacknowledged: 'x'.repeat(500) })}\n`);
    journal.append({ n: 4 });
    expect(Journal.read(path).lines).toEqual([...LINES, { n: 4 }]);
  });

  it('with damage before its last line is refused', () => {
    const { path, bytes } = written();
    bytes.write('???', 2);
    writeFileSync(path, bytes);
    expect(() => Journal.read(path)).toThrow(
      expect.objectContaining({ name: 'state-damaged', message: 'line 1 of "j.jsonl" is not JSON' }),
    );
  });

  it('says so when the disk does not take a line, and takes the next', () => {
    const folder = temporaryFolder();
    const journal = Journal.create(join(folder, 'later', 'j.jsonl'));
    expect(() => journal.append({ n: 1 })).toThrow('ENOENT');
    mkdirSync(join(folder, 'later'));
    journal.append({ n: 2 });
    expect(Journal.read(join(folder, 'later', 'j.jsonl')).lines).toEqual([{ n: 2 }]);
  });
});
