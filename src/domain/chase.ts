// A certificate that was brought does not renew by itself: when people are asked for the next one, and how urgently.

import type { Validity } from './renewal.ts';

/** Shares of the lifetime left at which people are asked; 0 is its end. */
export const CHASE_SHARES = [1 / 2, 1 / 3, 1 / 6, 1 / 10, 1 / 20, 0] as const;

/** From this share on it is urgent, and our people are asked to call. */
export const URGENT_SHARE = 1 / 10;

export type ChasePlan =
  /** `number` counts from 1 and grows; of several that are due only the last is told. */
  | { readonly act: 'ask'; readonly number: number; readonly isUrgent: boolean; readonly lookAt: Date | undefined }
  | { readonly act: 'wait'; readonly lookAt: Date }
  | { readonly act: 'over' };

/** `asked`: how often it was asked for so far. */
export function planChase(validity: Validity, asked: number, now: Date): ChasePlan {
  const due = CHASE_SHARES.filter((share) => momentOf(validity, share) <= now).length;
  const next = CHASE_SHARES[due];
  const lookAt = next === undefined ? undefined : momentOf(validity, next);
  if (due > asked) return { act: 'ask', number: due, isUrgent: (CHASE_SHARES[due - 1] ?? 0) <= URGENT_SHARE, lookAt };
  return lookAt === undefined ? { act: 'over' } : { act: 'wait', lookAt };
}

function momentOf({ notBefore, notAfter }: Validity, share: number): Date {
  return new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) * share);
}
