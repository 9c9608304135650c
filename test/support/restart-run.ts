// One restart from its plan to its end, as the workflow leads it, with people and calls that a test decides on.

import type { Appointment, AppointmentPlan, Review } from '../../src/domain/appointment.ts';
import type { WindowPolicy } from '../../src/domain/restart-window.ts';

/** The decisions under test: ours, or a copy with a bug planted. */
export interface Decisions {
  judgePolicy(policy: WindowPolicy, now: Date, field: string): void;
  planAppointment(policy: WindowPolicy, lastSafe: Date | undefined, now: Date): AppointmentPlan;
  reviewAppointment(appointment: Appointment, held: string | undefined, now: Date): Review;
  postponedTooOften(times: number, policy: WindowPolicy): string | undefined;
  askAgainMs(appointment: Pick<Appointment, 'opensAt' | 'closesAt'>): number;
}

export interface Surroundings {
  readonly lastSafe: Date | undefined;
  readonly startsAt: Date;
  /** How long after an appointment is proposed somebody confirms it; undefined = never. */
  readonly confirmedAfterMs: number | undefined;
  /** How long after a window has opened the last call ends; undefined = never. */
  readonly quietAfterMs: number | undefined;
}

export type Ending =
  | {
      readonly kind: 'restarted';
      readonly at: Date;
      readonly toldAt: Date;
      readonly number: number;
      readonly isConfirmed: boolean;
      readonly isEmergency: boolean;
      readonly plannedAt: Date;
    }
  | { readonly kind: 'needs-attention'; readonly at: Date; readonly number: number };

export interface Run {
  readonly ending: Ending;
  /** The first appointment, if one was planned. */
  readonly first: { readonly opensAt: Date; readonly isEmergency: boolean } | undefined;
}

/** Mails need this long. */
const TELLING_MS = 1_000;

export function runRestart(decisions: Decisions, policy: WindowPolicy, around: Surroundings): Run {
  let now = around.startsAt.getTime();
  let first: Run['first'];
  for (let number = 1; number <= 100; number += 1) {
    if (decisions.postponedTooOften(number - 1, policy) !== undefined)
      return { ending: { kind: 'needs-attention', at: new Date(now), number: number - 1 }, first };
    const plan = decisions.planAppointment(policy, around.lastSafe, new Date(now));
    if (plan.kind === 'nothing-fits') return { ending: { kind: 'needs-attention', at: new Date(now), number }, first };
    const { isEmergency } = plan;
    first ??= { opensAt: plan.opening.opensAt, isEmergency };
    const plannedAt = new Date(now);
    const kept = keepOne(decisions, proposed(plan, policy, around), { ...around, startsAt: plannedAt });
    if (kept.toldAt !== undefined)
      return { ending: { ...kept, kind: 'restarted', toldAt: kept.toldAt, number, isEmergency, plannedAt }, first };
    now = kept.at.getTime();
  }
  throw new Error(`missed for ever: ${JSON.stringify(policy)}`);
}

/** `toldAt` undefined = it was missed. */
function keepOne(
  decisions: Decisions,
  proposal: Appointment,
  { startsAt, confirmedAfterMs, quietAfterMs }: Surroundings,
): { readonly at: Date; readonly toldAt: Date | undefined; readonly isConfirmed: boolean } {
  const confirmAt = startsAt.getTime() + (confirmedAfterMs ?? Number.POSITIVE_INFINITY);
  const quietAt = new Date(proposal.opensAt).getTime() + (quietAfterMs ?? Number.POSITIVE_INFINITY);
  let appointment = proposal;
  let now = startsAt.getTime();
  for (let look = 0; look < 1_000; look += 1) {
    if (now >= confirmAt) appointment = { ...appointment, state: 'confirmed' };
    const isConfirmed = appointment.state === 'confirmed';
    const review = decisions.reviewAppointment(appointment, undefined, new Date(now));
    if (review.next === 'missed' || review.next === 'nobody-told')
      return { at: new Date(now), toldAt: undefined, isConfirmed };
    if (review.next === 'tell') {
      now += TELLING_MS;
      appointment = {
        ...appointment,
        state: isConfirmed ? 'confirmed' : 'announced',
        toldAt: new Date(now).toISOString(),
      };
    }
    if (review.next === 'wait') now = Math.min(review.until.getTime(), now < confirmAt ? confirmAt : Infinity);
    if (review.next === 'activate') {
      if (now >= quietAt) return { at: new Date(now), toldAt: new Date(appointment.toldAt ?? 0), isConfirmed };
      now += decisions.askAgainMs(appointment);
    }
  }
  throw new Error(`no end after 1,000 looks at ${JSON.stringify(appointment)}`);
}

function proposed(
  plan: Extract<AppointmentPlan, { kind: 'planned' }>,
  policy: WindowPolicy,
  { lastSafe }: Surroundings,
): Appointment {
  return {
    id: 'o-1-a1',
    partner: 'northwind',
    orderId: 'o-1',
    hostname: 'pbx.northwind.test',
    number: 1,
    state: 'proposed',
    opensAt: plan.opening.opensAt.toISOString(),
    closesAt: plan.opening.closesAt.toISOString(),
    lastSafeAt: lastSafe?.toISOString(),
    noticeDeadlineAt: plan.noticeDeadlineAt.toISOString(),
    confirmation: policy.confirmation,
    runNow: false,
    ...(plan.isEmergency ? { emergency: true } : {}),
    sequence: 0,
  };
}
