// One look at a server from all sides, and the report that is kept of it.

import type { ReadinessFacts } from './readiness.ts';

/** What is kept with the server: the latest look asked for, and the latest that came to its end. */
export interface ServerLook {
  /** ISO 8601; names the look. */
  readonly askedAt: string;
  readonly report?: { readonly askedAt: string; readonly seenAt: string; readonly facts: ReadinessFacts } | undefined;
}

/** A look costs the server an SSH login and three handshakes: another within this time is the same one. */
export const LOOK_AGAIN_MS = 60_000;

/** One that has not come to its end by then has died, and another may be asked for. */
export const LOOK_DIES_MS = 10 * 60_000;

/** Whether a look asked for now is the one that is there already. */
export function isSameLook({ askedAt, report }: ServerLook, now: Date): boolean {
  const ageMs = now.getTime() - new Date(askedAt).getTime();
  return ageMs < (report?.askedAt === askedAt ? LOOK_AGAIN_MS : LOOK_DIES_MS);
}
