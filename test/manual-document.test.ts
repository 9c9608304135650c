// docs/manual-coverage.md is true: each sentence of the manual page once, what the service does about it, and a test that is there.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(join(root, 'docs/manual-coverage.md'), 'utf8');

/** Sentences and table rows that ask, promise or warn of something, section by section, as counted on the page. */
const SENTENCES = { certificate: 11, bypass: 9, upgrade: 3, administration: 4, remote: 5, push: 4 } as const;

interface Row {
  readonly number: string;
  readonly says: string;
  readonly service: string;
  readonly shown: string;
}

const rows: readonly Row[] = [...text.matchAll(/^\| (\d+\.\d+) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, number = '', says = '', service = '', shown = '']) => ({ number, says, service, shown }),
);

/** `[file](../test/…) "title"`: the words of a test, or the start of them. */
function namedTests(shown: string): readonly { readonly file: string; readonly title: string }[] {
  return [...shown.matchAll(/\[[^\]]+\]\((\.\.\/test\/[^)]+)\) “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file: join(root, dirname('docs/manual-coverage.md'), file),
    title,
  }));
}

/** The words of `it('…')`, of a table's row or of a `describe`, as they stand in the file. */
function quotedIn(source: string): readonly string[] {
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/g)].map(
    ([, single, double, template]) => (single ?? double ?? template ?? '').replaceAll("\\'", "'"),
  );
}

describe('docs/manual-coverage.md', () => {
  it('has every sentence of the page once, in its order', () => {
    const expected = Object.values(SENTENCES).flatMap((count, section) =>
      Array.from({ length: count }, (_, nth) => `${section + 1}.${nth + 1}`),
    );
    expect(rows.map(({ number }) => number)).toEqual(expected);
  });

  it('says of each whether the service does it, checks it or explains it', () => {
    const unclear = rows.filter(({ service }) => !/^\*\*(?:does|checks|explains)\*\*[:,;] /.test(service));
    expect(unclear.map(({ number }) => number)).toEqual([]);
  });

  it.each(rows.map((row) => [row.number, row] as const))('names tests that are there for %s', (_, { shown }) => {
    const named = namedTests(shown);
    expect(named.length).toBeGreaterThan(0);
    for (const { file, title } of named) {
      const titles = quotedIn(readFileSync(file, 'utf8'));
      expect(
        titles.some((one) => one.startsWith(title)),
        `${file}: “${title}”`,
      ).toBe(true);
    }
  });
});
