// `npm run bench -- issue [CASE…]`: certificates from the same authority in the same run, by us and by others.

import { setTimeout as sleep } from 'node:timers/promises';
import { withPebble, withSlowAuthority } from './issue-authorities.ts';
import { besideCertbot, besideLego } from './issue-beside.ts';
import { threeThousand } from './issue-many.ts';
import { type CaseLine, tell } from './issue-measure.ts';
import { oneEc, oneRsa, slow, twenty } from './issue-pairs.ts';

const oneByOne = { name: 'twenty-one-by-one', n: 5, width: 1, barRatio: 1.1 };
const tenAtATime = { name: 'twenty-ten-at-a-time', n: 15, width: 10, barRatio: 0.45 };

const cases: Readonly<Record<string, () => Promise<CaseLine>>> = {
  'one-ec': () => withPebble({}, oneEc),
  'one-rsa': () => withPebble({}, oneRsa),
  [oneByOne.name]: () => withPebble({}, (world) => twenty(world, oneByOne)),
  [tenAtATime.name]: () => withPebble({}, (world) => twenty(world, tenAtATime)),
  'slow-authority': () => withSlowAuthority(slow),
  'three-thousand': () => withPebble({ nonceRejectPercent: 15 }, threeThousand),
  'twenty-beside-lego': () => withPebble({}, besideLego),
  'one-beside-certbot': () => withPebble({}, besideCertbot),
};

/** False when a bar is missed. Without names all cases are measured, in about five minutes. */
export async function run(): Promise<boolean> {
  const asked = process.argv.slice(3);
  const unknown = asked.find((name) => !Object.hasOwn(cases, name));
  if (unknown !== undefined) throw new Error(`no case "${unknown}"; cases: ${Object.keys(cases).join(', ')}`);
  let held = true;
  for (const [name, measure] of Object.entries(cases)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const line = await patiently(name, measure);
    tell(line);
    held &&= line.held;
  }
  return held;
}

/** The longest case, twenty orders of lego's one by one, takes two minutes. */
const PATIENCE_MS = 4 * 60_000;
const TRIES = 3;

/**
 * Pebble 2.4 now and then locks itself up for good where orders of one account run at a time, and bare acme-client waits for an answer without end. Such
 * a try says nothing about either: it is told, and the case measured anew with another Pebble.
 */
async function patiently(name: string, measure: () => Promise<CaseLine>): Promise<CaseLine> {
  for (let attempt = 1; ; attempt += 1) {
    const late = new AbortController();
    const stuck = sleep(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined);
    const measured = measure();
    // One that is given up may still fail, with nobody waiting.
    measured.catch(() => undefined);
    const line = await Promise.race([measured, stuck]);
    late.abort();
    if (line !== undefined) return line;
    process.stderr.write(`${name}: no end within ${PATIENCE_MS / 1000} s, try ${attempt} of ${TRIES}\n`);
    if (attempt === TRIES) throw new Error(`${name} did not end in ${TRIES} tries`);
  }
}
