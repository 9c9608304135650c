// When a certificate is due for renewal and which rule said so, and when a failed renewal may be ordered anew.

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** `ari`: the moment drawn from the authority's suggested window (RFC 9773). `revoked`: the leaf in service was taken back. */
export type RenewalRule = 'ari' | 'lifetime' | 'emergency' | 'revoked';

export interface RenewalAdvised {
  /** Drawn from the authority's suggested window; absent without advice. */
  readonly renewAt?: Date | undefined;
  /** The longest a restart of this server may have to wait for its window, notice included. */
  readonly restartLeadMs: number;
}

/** `dueAt` is the moment at which `rule` says or said so. */
export interface RenewalDecision {
  readonly due: boolean;
  readonly rule: RenewalRule;
  readonly dueAt: Date;
}

/** Share of the lifetime left when we renew without advice: what Let's Encrypt asks of clients that read none. */
export const RENEWAL_SHARE = 1 / 3;

/** Share of the lifetime left when we renew whatever anyone advises, at the latest: of 45 days, 11 are left. */
export const EMERGENCY_SHARE = 1 / 4;

/** Share of the lifetime left when the last safe date of a restart has come. */
export const SAFE_SHARE = 1 / 20;

/** Share of the lifetime left when a person must hear that the old certificate is still served. */
export const OVERDUE_SHARE = 1 / 10;

/** A server whose certificate ended so long ago is not tried any more: nobody has missed it. */
export const GIVE_UP_AFTER_MS = 30 * 24 * 3_600_000;

/** `start-due-renewals` comes at least this often; a moment drawn leaves it the time to come by before the window ends. */
export const SCHEDULE_MS = 15 * 60_000;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** https://letsencrypt.org/docs/integration-guide/: 1, 10 and 100 minutes after a failure, then once a day. */
export const BACK_OFF_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS] as const;

/** These failed at the server or among people: each attempt may cost a restart and a mail to the customer, so they are tried once a day. */
const NOT_SOON = [
  'activation-rolled-back',
  'activation-refused',
  'service-down',
  'nobody-told',
  'window-too-late',
  'dns-not-set',
  'postponed-too-often',
];

/** What stands for the code of a problem where a person cancelled the restart. */
export const CANCELLED = 'cancelled';

/** After that, so long they are left in peace, unless the certificate would become an emergency. */
export const AFTER_CANCEL_MS = 7 * DAY_MS;

/**
 * `renewAt` is the moment drawn once per suggested window and stored (`drawRenewAt`); drawing again on every check would renew early on
 * average. Without it, a third of the lifetime left. The emergency line overrides both.
 */
export function decideRenewal(validity: Validity, advised: RenewalAdvised, now: Date): RenewalDecision {
  const { renewAt } = advised;
  const wishedAt = renewAt ?? timeWithShareLeft(validity, RENEWAL_SHARE);
  const emergencyAt = emergencyLine(validity, advised.restartLeadMs);
  const rule = emergencyAt < wishedAt ? 'emergency' : renewAt === undefined ? 'lifetime' : 'ari';
  const dueAt = rule === 'emergency' ? emergencyAt : wishedAt;
  return { due: now >= dueAt, rule: now >= emergencyAt ? 'emergency' : rule, dueAt };
}

/**
 * What is ordered later may find no restart window before the last safe date. A server that waits long for its windows has an earlier
 * line, but never one before a third of the lifetime is left: a policy that needs more is refused when it is set.
 */
export function emergencyLine(validity: Validity, restartLeadMs: number): Date {
  const leadShare = SAFE_SHARE + restartLeadMs / (validity.notAfter.getTime() - validity.notBefore.getTime());
  return timeWithShareLeft(validity, Math.min(RENEWAL_SHARE, Math.max(EMERGENCY_SHARE, leadShare)));
}

/** Until when a restart is safe: the end of the trusted certificate being served less a share of its lifetime. */
export function lastSafeAt(served: Validity): Date {
  return timeWithShareLeft(served, SAFE_SHARE);
}

/** Uniform over the window (RFC 9773, 4.2), less the time until the schedule comes by. `luck` is 0 (included) to 1 (excluded). */
export function drawRenewAt(window: { readonly start: Date; readonly end: Date }, luck: number): Date {
  const lengthMs = window.end.getTime() - window.start.getTime();
  const usableMs = Math.max(lengthMs - SCHEDULE_MS, lengthMs / 2);
  return new Date(window.start.getTime() + Math.floor(usableMs * luck));
}

/** Whether a person must hear of it: the leaf is near its end, and no other is served. */
export function isOverdue(validity: Validity, now: Date): boolean {
  return now >= timeWithShareLeft(validity, OVERDUE_SHARE);
}

/** Whether it ended so long ago that renewals stop, with a person told. */
export function isGivenUp({ notAfter }: Validity, now: Date): boolean {
  return now.getTime() >= notAfter.getTime() + GIVE_UP_AFTER_MS;
}

export interface FailedRenewal {
  /** In a row, this one included; 1 for the first. */
  readonly failures: number;
  /** Of the problem that ended the order; `cancelled` when a person did. */
  readonly code: string;
  readonly endedAt: Date;
}

/** When the next renewal may be ordered. */
export function nextAttemptAt(
  { failures, code, endedAt }: FailedRenewal,
  validity: Validity,
  restartLeadMs: number,
): Date {
  if (code === CANCELLED) {
    const peaceUntil = endedAt.getTime() + AFTER_CANCEL_MS;
    const emergencyAt = emergencyLine(validity, restartLeadMs).getTime();
    return new Date(Math.min(peaceUntil, Math.max(emergencyAt, endedAt.getTime() + DAY_MS)));
  }
  const soon = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? DAY_MS;
  return new Date(endedAt.getTime() + (NOT_SOON.includes(code) ? DAY_MS : soon));
}

function timeWithShareLeft({ notBefore, notAfter }: Validity, share: number): Date {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  return new Date(notAfter.getTime() - lifetimeMs * share);
}
