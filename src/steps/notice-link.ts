// The link of one notice to one person: where the appointment is shown, and answered without signing in.

import { type Appointment, needsYes, type Side } from '../domain/appointment.ts';
import { type LinkAct, signLink } from '../domain/appointment-link.ts';
import type { Certificate } from '../domain/certificate.ts';
import { recipientKey } from '../domain/inventory-key.ts';
import { isAnswerable, type NoticeKind } from '../domain/notice.ts';
import type { Order } from '../domain/order.ts';
import { signServerLink } from '../domain/server-link.ts';
import type { Services } from './services.ts';

type Needs = Pick<Services, 'linkKeys' | 'settings'>;

/** Path of the pages; the token follows. */
export const LINK_PATH = '/a/';

/** Below it, so that whatever keeps links out of logs keeps these out too. */
export const UPLOAD_PATH = `${LINK_PATH}u/`;

/** So long after its certificate has ended, somebody may still send the next one. */
const UPLOAD_AFTER_MS = 30 * 24 * 3_600_000;

/** Where the next certificate of a server is sent, in the mail that asks for it; the same for the same certificate. */
export async function uploadLink(
  { partner, hostname, fingerprint, notAfter }: Certificate,
  { linkKeys, settings }: Needs,
): Promise<string> {
  const [key] = await linkKeys.list();
  const expires = Math.ceil((new Date(notAfter).getTime() + UPLOAD_AFTER_MS) / 1000);
  return `${settings.linkBase}${UPLOAD_PATH}${signServerLink('upload', { partner, hostname, about: fingerprint, expires }, key)}`;
}

export const NAMES_PATH = `${LINK_PATH}n/`;

/** Whoever changes the names does so within weeks, or asks. */
const NAMES_MS = 60 * 24 * 3_600_000;

/** Where somebody says that the names of a server are changed; the same for the same order. */
export async function namesLink(
  { partner, id, request, createdAt }: Order,
  { linkKeys, settings }: Needs,
): Promise<string> {
  const [key] = await linkKeys.list();
  const expires = Math.ceil((new Date(createdAt).getTime() + NAMES_MS) / 1000);
  const link = { partner, hostname: request.hostname, about: id, expires };
  return `${settings.linkBase}${NAMES_PATH}${signServerLink('names', link, key)}`;
}

export interface LinkedNotice {
  readonly kind: NoticeKind;
  readonly to: string;
  readonly appointment: Appointment;
  /** Tells notices of one kind and one change apart. */
  readonly number: number;
}

/**
 * Undefined where there is nothing to answer. A function of what was told: written again after a cut, the mail has the same link. It ends with the
 * window, and may do what was possible when it was announced, whoever has answered since.
 */
export async function noticeLink(
  { kind, to, appointment, number }: LinkedNotice,
  { linkKeys, settings }: Needs,
): Promise<string | undefined> {
  if (!isAnswerable(kind)) return undefined;
  const side: Side = settings.opsAddresses.includes(to) ? 'ops' : 'contact';
  const [key] = await linkKeys.list();
  const token = signLink(
    {
      partner: appointment.partner,
      appointmentId: appointment.id,
      sequence: appointment.sequence,
      side,
      recipient: recipientKey(to),
      notice: `${kind}.${number}`,
      acts: actsOf(kind, appointment, side),
      expires: Math.ceil(new Date(appointment.closesAt).getTime() / 1000),
    },
    key,
  );
  return `${settings.linkBase}${LINK_PATH}${token}`;
}

/** A restart under way for a person's word has nothing to be confirmed or brought forward; what E-MetroTel alone confirms, a contact's link does not. */
function actsOf(kind: NoticeKind, appointment: Appointment, side: Side): readonly LinkAct[] {
  if (kind === 'restart-by-hand') return ['done'];
  const { confirmation, runNow } = appointment;
  const mayAgree = confirmation !== 'ops' || side === 'ops';
  return [
    ...(needsYes(appointment) && mayAgree && !runNow ? (['confirm'] as const) : []),
    ...(runNow ? [] : (['move'] as const)),
    ...(mayAgree && !runNow ? (['run-now'] as const) : []),
    'cancel',
  ];
}
