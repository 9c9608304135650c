// `npm run bench -- zone`: certificates for many names of one zone, ours together, and Debian's lego name by name.

import { runLego } from './zone-lego.ts';
import { runOurs } from './zone-ours.ts';
import { INSYNC_MS, ZONE } from './zone-world.ts';

/** What Let's Encrypt gives one registered domain a week, less a few (https://letsencrypt.org/docs/rate-limits/). */
const NAMES = 46;

const bars = { insyncWaits: 2, timesFaster: 20 } as const;

export async function run(): Promise<boolean> {
  const names = Array.from({ length: NAMES }, (_, index) => `pbx${index}.${ZONE}`);
  const ours = await runOurs(names);
  const lego = await runLego(names);
  const timesFaster = lego.seconds / ours.seconds;
  const held = ours.insyncWaits <= bars.insyncWaits && timesFaster >= bars.timesFaster;
  const line = {
    bench: 'zone',
    names: NAMES,
    insyncMs: INSYNC_MS,
    ours: rounded(ours),
    lego: rounded(lego),
    timesFaster: Math.round(timesFaster * 10) / 10,
    bars,
    held,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return held;
}

function rounded<Cost extends { readonly seconds: number }>(cost: Cost): Cost {
  return { ...cost, seconds: Math.round(cost.seconds * 100) / 100 };
}
