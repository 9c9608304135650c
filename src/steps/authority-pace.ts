// How often an authority is looked at while it works.

import type { Clock } from './services.ts';

/** Waits inside a step: fast first, because most authorities look at once; the rest belongs to the workflow. */
export const POLL_MS = [5, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000] as const;

/** When to come back if nothing else was asked for, and the longest wait a step takes upon itself. */
export const HAND_BACK_MS = 2_000;

/** Pauses, at least as long as the authority asked; answers after how many milliseconds to come back where that is too long for a step. */
export async function pauseOrHandBack(
  asked: { readonly retryAfterMs: number | undefined },
  pauseMs: number,
  clock: Clock,
): Promise<number | undefined> {
  if (asked.retryAfterMs !== undefined && asked.retryAfterMs > HAND_BACK_MS) return asked.retryAfterMs;
  await clock.sleep(Math.max(pauseMs, asked.retryAfterMs ?? 0));
  return undefined;
}
