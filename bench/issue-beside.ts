// Beside Debian's lego and certbot, with the pace they have by themselves.

import type { World } from './issue-authorities.ts';
import { atATime, type CaseLine, interleaved, lineOf, median, newName, rounded, timed } from './issue-measure.ts';
import { openPrograms } from './issue-programs.ts';
import { openOurs } from './issue-world.ts';

const TWENTY = 20;
const BAR_TIMES_FASTER = 50;

/** Twenty of ours ten at a time, twenty of lego's one by one; lego once, it takes more than a minute. */
export async function besideLego({ authority, dns }: World): Promise<CaseLine> {
  const ours = await openOurs(authority, dns, { keyType: 'ec-p256' });
  const { lego, close } = await openPrograms(authority, dns);
  try {
    await lego.issue(newName());
    const all = (width: number, issue: (name: string) => Promise<void>) =>
      timed(() => atATime(width, Array.from({ length: TWENTY }, newName), issue));
    await all(10, ours.issue);
    const times = [await all(10, ours.issue), await all(10, ours.issue), await all(10, ours.issue)];
    const peer = await all(1, lego.issue);
    const measured = { ours: median(times), peer, ratio: median(times) / peer };
    const timesFaster = 1 / measured.ratio;
    return lineOf({ name: 'twenty-beside-lego', n: 1, peer: lego.name }, measured, {
      timesFaster: rounded(timesFaster),
      barTimesFaster: BAR_TIMES_FASTER,
      held: timesFaster >= BAR_TIMES_FASTER,
    });
  } finally {
    await close();
  }
}

/** For the record; there is no bar. */
export async function besideCertbot({ authority, dns }: World): Promise<CaseLine> {
  const ours = await openOurs(authority, dns, { keyType: 'ec-p256' });
  const { certbot, close } = await openPrograms(authority, dns);
  const n = 3;
  try {
    const measured = await interleaved(
      n,
      () => ours.issue(newName()),
      () => certbot.issue(newName()),
    );
    return lineOf({ name: 'one-beside-certbot', n, peer: certbot.name }, measured, { held: true });
  } finally {
    await close();
  }
}
