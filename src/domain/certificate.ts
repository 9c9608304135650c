// A certificate we keep in service: the leaf a server serves now, and how its renewal stands.

import type { Order } from './order.ts';
import {
  CANCELLED,
  decideRenewal,
  drawRenewAt,
  isGivenUp,
  nextAttemptAt,
  type RenewalDecision,
  type Validity,
} from './renewal.ts';

/** All moments are ISO 8601. */
export interface Certificate {
  readonly partner: string;
  readonly hostname: string;
  /** Whose leaf is served: a renewal asks for the same. */
  readonly orderId: string;
  readonly authority: string;
  readonly fingerprint: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Of the server's policy: the longest a restart may have to wait for its window, notice included. */
  readonly restartLeadMs: number;
  readonly advice?: Advice | undefined;
  /** Drawn once from the suggested window of `advice`. */
  readonly renewAt?: string | undefined;
  /** When the authority is asked for advice again. */
  readonly askAgainAt: string;
  /** The leaf in service was taken back at its authority; it is replaced as soon as a restart window allows. */
  readonly revokedAt?: string | undefined;
  /** Orders in a row that ended without their leaf being served. */
  readonly failures: number;
  readonly lastFailure?: RenewalFailure | undefined;
  /** After a failure: no renewal is ordered before. */
  readonly nextAttemptAt?: string | undefined;
  /** The order at work on the renewal, or the last one that was. */
  readonly renewalOrderId?: string | undefined;
  /** Of one that was brought: how often people have been asked for the next. Absent = never. */
  readonly asked?: number | undefined;
  /** Why it is not renewed any more by itself; a person has been told. */
  readonly problem?: { readonly code: 'renewal-given-up'; readonly message: string } | undefined;
}

export interface Advice {
  readonly ariCertId: string;
  readonly start: string;
  readonly end: string;
  readonly explanationUrl?: string | undefined;
}

export interface RenewalFailure {
  readonly orderId: string;
  readonly at: string;
  readonly code: string;
  readonly message: string;
}

/** What the authority said when it was asked. */
export interface SaidAdvice {
  readonly ariCertId: string;
  readonly suggestedWindow: { readonly start: Date; readonly end: Date };
  readonly explanationUrl: string | undefined;
}

export function validityOf({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>): Validity {
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}

/** `luck` (0 included to 1 excluded) is used only where the window is another one than before; `said` absent = it gives no advice (any more). */
export function withAdvice(
  certificate: Certificate,
  said: SaidAdvice | undefined,
  { askAgainAt, luck }: { readonly askAgainAt: Date; readonly luck: number },
): Certificate {
  const asked = { ...certificate, askAgainAt: askAgainAt.toISOString() };
  if (said === undefined) return { ...asked, advice: undefined, renewAt: undefined };
  const { ariCertId, suggestedWindow, explanationUrl } = said;
  const [start, end] = [suggestedWindow.start.toISOString(), suggestedWindow.end.toISOString()];
  const isSame = certificate.advice?.start === start && certificate.advice.end === end;
  const renewAt =
    isSame && certificate.renewAt ? certificate.renewAt : drawRenewAt(suggestedWindow, luck).toISOString();
  return { ...asked, advice: { ariCertId, start, end, explanationUrl }, renewAt };
}

/** Counted once per order, however often it is noted. */
export function withFailure(certificate: Certificate, failure: RenewalFailure): Certificate {
  if (certificate.lastFailure?.orderId === failure.orderId) return certificate;
  const failures = certificate.failures + 1;
  const attempt = { failures, code: failure.code, endedAt: new Date(failure.at) };
  const next = nextAttemptAt(attempt, validityOf(certificate), certificate.restartLeadMs);
  return { ...certificate, failures, lastFailure: failure, nextAttemptAt: next.toISOString() };
}

/** What the end of an order means to the certificate: only a renewal of the leaf in service can fail it. */
export function withEnd(certificate: Certificate, order: Order, now: Date): Certificate {
  if (order.state === 'done' || order.renews !== certificate.fingerprint) return certificate;
  const at = order.closedAt ?? now.toISOString();
  const code = order.problem?.code ?? CANCELLED;
  const message = order.problem?.message ?? 'a person cancelled the restart';
  return withFailure(certificate, { orderId: order.id, at, code, message });
}

/** When it is due, and by which rule. */
export function renewalOf(certificate: Certificate, now: Date): RenewalDecision {
  const { renewAt, restartLeadMs, revokedAt } = certificate;
  if (revokedAt !== undefined) return { due: true, rule: 'revoked', dueAt: new Date(revokedAt) };
  return decideRenewal(validityOf(certificate), { renewAt: dateOf(renewAt), restartLeadMs }, now);
}

/** What is to be done about its renewal now; `lookAt` is when to look again. */
export type RenewalPlan =
  | { readonly act: 'order'; readonly decision: RenewalDecision }
  | { readonly act: 'give-up'; readonly why: string }
  | { readonly act: 'wait'; readonly lookAt: Date };

export function planRenewal(certificate: Certificate, now: Date): RenewalPlan {
  const validity = validityOf(certificate);
  if (isGivenUp(validity, now)) {
    const last = certificate.lastFailure;
    const because = last === undefined ? '' : `; last ${last.code}: ${last.message}`;
    return {
      act: 'give-up',
      why: `ended ${certificate.notAfter}, ${certificate.failures} renewal(s) failed${because}`,
    };
  }
  const decision = renewalOf(certificate, now);
  const mayOrderAt = dateOf(certificate.nextAttemptAt);
  if (decision.due && (mayOrderAt === undefined || now >= mayOrderAt)) return { act: 'order', decision };
  const orderAt = decision.due && mayOrderAt !== undefined ? mayOrderAt : decision.dueAt;
  return { act: 'wait', lookAt: new Date(Math.min(orderAt.getTime(), new Date(certificate.askAgainAt).getTime())) };
}

/** Idempotency key of the renewal to be ordered now: the same for the same leaf and attempt. With blanks, so that no caller of the API has it. */
export function renewalKey({ fingerprint, failures }: Certificate): string {
  return `renewal of ${fingerprint}, attempt ${failures + 1}`;
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
