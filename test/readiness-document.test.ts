// docs/readiness.md has every finding of the report, and its numbers.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PUSH_SERVER, READINESS_CODES, RTP_PORTS, SOON_SHARE } from '../src/domain/readiness.ts';
import { LOOK_AGAIN_MS } from '../src/domain/server-look.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const text = read('docs/readiness.md');
const rows = [...text.matchAll(/^\| `([a-z-]+)` \| ([a-z-]+) \| .+ \| ([a-z-]+) \|$/gm)];

it('docs/readiness.md lists every finding once, in the order of the code', () => {
  expect(rows.map(([, code]) => code)).toEqual([...READINESS_CODES]);
});

it('docs/readiness.md says of each how grave it is and who acts, as the code does', () => {
  const source = read('src/domain/readiness.ts');
  for (const [, code = '', severity = '', who = ''] of rows) {
    expect(['stops', 'warns', 'advice', 'not-checked']).toContain(severity);
    const written = new RegExp(`code: '${code}', severity: '([a-z-]+)'[^}]*who: '([a-z-]+)'`).exec(source);
    if (written !== null) expect([code, written[1], written[2]]).toEqual([code, severity, who]);
  }
});

it('docs/readiness.md has the numbers of the code', () => {
  expect(text).toContain(`within ${LOOK_AGAIN_MS / 1000} seconds`);
  expect(text).toContain(RTP_PORTS);
  expect(SOON_SHARE).toBe(0.1);
  expect(PUSH_SERVER).toBe('push-server.emetrotel.org');
});
