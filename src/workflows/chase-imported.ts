// Asks for the next certificate of a server whose present one was brought: people are told, more urgently as its end comes nearer.

import { type Certificate, validityOf } from '../domain/certificate.ts';
import { planChase } from '../domain/chase.ts';
import { uploadLink } from '../steps/notice-link.ts';
import { sendNotice } from '../steps/send-notice.ts';
import type { Services } from '../steps/services.ts';

type Needs = Pick<Services, 'inventory' | 'mail' | 'clock' | 'linkKeys' | 'log' | 'settings'>;

export interface Chased {
  readonly certificate: Certificate;
  /** Undefined: it has ended, and everybody has been asked as often as helps. */
  readonly lookAt: Date | undefined;
}

/** Visits no workflow uses, one a notice. */
const CHASE_VISIT = 9_999_900;

/** Nobody told is not asked: it is tried again. */
const TRY_AGAIN_MS = 3_600_000;

/** Each asking is one notice, though the schedule comes twice. */
export async function chaseImported(certificate: Certificate, now: Date, services: Needs): Promise<Chased> {
  const plan = planChase(validityOf(certificate), certificate.asked ?? 0, now);
  if (plan.act === 'over') return { certificate, lookAt: undefined };
  if (plan.act === 'wait') return { certificate, lookAt: plan.lookAt };
  const { partner, orderId, notAfter } = certificate;
  const { number, isUrgent, lookAt } = plan;
  const notice = isUrgent ? 'next-certificate-urgent' : 'next-certificate-wanted';
  const why = `the certificate served ends ${notAfter}`;
  const details = [`Send it here, without signing in: ${await uploadLink(certificate, services)}`];
  const asked = { partner, orderId, visit: CHASE_VISIT + number, notice, number, why, details } as const;
  const told = await sendNotice(asked, services);
  if (told.kind !== 'done') return { certificate, lookAt: new Date(now.getTime() + TRY_AGAIN_MS) };
  return { certificate: { ...certificate, asked: number }, lookAt };
}
