// `npm run bench -- issue [CASE…]`: certificates from the same authority in the same run, by us and by others.

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
    const line = await measure();
    tell(line);
    held &&= line.held;
  }
  return held;
}
