// How often an authority is looked at while it works.

import type { AcmeOrderView } from '../ports/authority.ts';
import type { Clock } from './services.ts';

/** Waits inside a step: fast first, because most authorities look at once; the rest belongs to the workflow. */
export const POLL_MS = [25, 50, 100, 200, 400, 800, 1_000, 1_000] as const;

/** When to come back if nothing else was asked for, and the longest wait a step takes upon itself. */
export const HAND_BACK_MS = 2_000;

/** Pauses, at least as long as the authority asked; answers after how many milliseconds to come back where that is too long for a step. */
export async function pauseOrHandBack(view: AcmeOrderView, pauseMs: number, clock: Clock): Promise<number | undefined> {
  if (view.retryAfterMs !== undefined && view.retryAfterMs > HAND_BACK_MS) return view.retryAfterMs;
  await clock.sleep(Math.max(pauseMs, view.retryAfterMs ?? 0));
  return undefined;
}
