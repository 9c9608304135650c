// Which opening a restart is planned for: the first after the notice, in time before the last safe date, or an emergency.

import { earliestRestart, MINIMUM_ROOM_MS, type Opening, openingsAfter, type WindowPolicy } from './restart-window.ts';

export type AppointmentPlan =
  | {
      readonly kind: 'planned';
      readonly opening: Opening;
      readonly noticeDeadlineAt: Date;
      readonly isEmergency: boolean;
    }
  | { readonly kind: 'nothing-fits'; readonly why: string };

/** In an emergency the notice is shortened to no less than this, and a restart has so much time to find quiet. */
export const EMERGENCY_NOTICE_SECONDS = 3600;
export const EMERGENCY_SPAN_MS = 4 * 3_600_000;

/**
 * The first opening after the notice; none later than the last safe date, and of one that reaches beyond it, the part before. Where there is
 * none, the policy may say to restart outside of windows.
 */
export function planAppointment(policy: WindowPolicy, lastSafe: Date | undefined, now: Date): AppointmentPlan {
  const noticeMs = policy.minimumNoticeSeconds * 1000;
  const opening = openingsAfter(policy, earliestRestart(policy, now), 1)[0];
  const isInTime =
    lastSafe === undefined ||
    (opening !== undefined && opening.opensAt.getTime() + MINIMUM_ROOM_MS <= lastSafe.getTime());
  if (!isInTime && policy.emergency === 'restart') return planEmergency(policy, lastSafe, now);
  if (opening === undefined) return { kind: 'nothing-fits', why: 'the policy has no window that opens' };
  if (!isInTime) {
    return {
      kind: 'nothing-fits',
      why: `the first window after the notice opens ${opening.opensAt.toISOString()}, the last safe date is ${lastSafe.toISOString()}`,
    };
  }
  return {
    kind: 'planned',
    opening: { ...opening, closesAt: endsBy(opening.closesAt, lastSafe) },
    noticeDeadlineAt: new Date(opening.opensAt.getTime() - noticeMs),
    isEmergency: false,
  };
}

/** Of a server nobody uses yet: at once, for as long as a restart asked for now may take to begin. */
export function planUnused(now: Date): Extract<AppointmentPlan, { readonly kind: 'planned' }> {
  const opening = { opensAt: now, closesAt: new Date(now.getTime() + UNUSED_SPAN_MS) };
  return { kind: 'planned', opening, noticeDeadlineAt: now, isEmergency: false };
}

const UNUSED_SPAN_MS = 3_600_000;

/** With the whole notice where that is in time, else just before the last safe date, else soon; windows and freezes do not count any more. */
function planEmergency(policy: WindowPolicy, lastSafe: Date, now: Date): AppointmentPlan {
  const latestMs = lastSafe.getTime() - EMERGENCY_SPAN_MS;
  const noticedMs = earliestRestart(policy, now).getTime();
  const isNoticed = noticedMs <= latestMs;
  const minimumNoticeSeconds = isNoticed ? policy.minimumNoticeSeconds : shortNotice(policy);
  const soonestMs = earliestRestart({ minimumNoticeSeconds }, now).getTime();
  const opensMs = isNoticed ? soonestMs : Math.max(soonestMs, latestMs);
  return {
    kind: 'planned',
    opening: { opensAt: new Date(opensMs), closesAt: new Date(opensMs + EMERGENCY_SPAN_MS) },
    noticeDeadlineAt: new Date(opensMs - minimumNoticeSeconds * 1000),
    isEmergency: true,
  };
}

/**
 * No window is left and the policy says to ask: with the shortened notice, people may say yes to a restart at any time until the last safe date. Undefined
 * when not even that leaves room.
 */
export function planAsked(
  policy: Pick<WindowPolicy, 'minimumNoticeSeconds'>,
  lastSafe: Date,
  now: Date,
): { readonly opening: Opening; readonly noticeDeadlineAt: Date } | undefined {
  const minimumNoticeSeconds = shortNotice(policy);
  const opensAt = earliestRestart({ minimumNoticeSeconds }, now);
  if (opensAt.getTime() + MINIMUM_ROOM_MS > lastSafe.getTime()) return undefined;
  return {
    opening: { opensAt, closesAt: lastSafe },
    noticeDeadlineAt: new Date(opensAt.getTime() - minimumNoticeSeconds * 1000),
  };
}

function shortNotice(policy: Pick<WindowPolicy, 'minimumNoticeSeconds'>): number {
  return Math.min(policy.minimumNoticeSeconds, EMERGENCY_NOTICE_SECONDS);
}

/** When a window ends for a restart that must be over by the last safe date: one held back until then must not begin after it. */
export function endsBy(closesAt: Date, lastSafe: Date | undefined): Date {
  return lastSafe !== undefined && lastSafe < closesAt ? lastSafe : closesAt;
}
