// Three thousand certificates in one process, from an authority that refuses every seventh nonce: how fast, how many lost, how much memory.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { World } from './issue-authorities.ts';
import { atATime, type CaseLine, newName, rounded, timed } from './issue-measure.ts';
import { openOurs } from './issue-world.ts';

const A_THIRD = 1_000;
const WIDTH = 10;
const BAR_PER_SECOND = 100;

/** Of the first third's memory. */
const FLAT = 1.1;

export async function threeThousand({ authority, dns, requests }: World): Promise<CaseLine> {
  const ours = await openOurs(authority, dns, { keyType: 'ec-p256' });
  await atATime(WIDTH, Array.from({ length: 2 * WIDTH }, newName), ours.issue);
  const before = await requests();
  let lost = 0;
  let tookMs = 0;
  const rssMb: number[] = [];
  const issue = async (name: string) => {
    await ours.issue(name).catch((error) => {
      lost += 1;
      process.stderr.write(`${name}: ${String(error)}\n`);
    });
  };
  for (let third = 0; third < 3; third += 1) {
    const names = Array.from({ length: A_THIRD }, newName);
    tookMs += await timed(() => atATime(WIDTH, names, issue));
    rssMb.push(rounded(rssAfterCollection()));
  }
  const n = 3 * A_THIRD;
  const perSecond = n / (tookMs / 1_000);
  const [first = 0, , last = Number.POSITIVE_INFINITY] = rssMb;
  return {
    case: 'three-thousand',
    n,
    seconds: rounded(tookMs / 1_000),
    perSecond: rounded(perSecond),
    barPerSecond: BAR_PER_SECOND,
    requestsPerCertificate: rounded(((await requests()) - before) / n, 2),
    rssMb,
    lost,
    held: perSecond >= BAR_PER_SECOND && lost === 0 && last <= first * FLAT,
  };
}

function rssAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().rss / 1024 ** 2;
}
