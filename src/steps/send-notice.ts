// Tells everyone concerned, each once, and keeps who was told.

import type { Appointment } from '../domain/appointment.ts';
import { recipientKey } from '../domain/inventory-key.ts';
import { announcesRestart, audienceOf, type NoticeKind, writeNotice } from '../domain/notice.ts';
import { noticeCalendar } from '../domain/notice-calendar.ts';
import type { Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import type { MailMessage } from '../ports/mail.ts';
import { noteEvent } from './events.ts';
import { namesLink, noticeLink } from './notice-link.ts';
import { appointmentKey, changeItem, getItem, mailKey, type NoticeRecord, noticeKey, orderKey } from './records.ts';
import type { Services, Settings } from './services.ts';
import { done, type StepInput, step } from './step.ts';
import { bouncedContacts, takeBackTold } from './told-contacts.ts';

type Needs = Pick<Services, 'inventory' | 'mail' | 'clock' | 'log' | 'linkKeys' | 'settings'>;

export interface NoticeInput extends StepInput {
  readonly notice: NoticeKind;
  readonly appointmentId?: string;
  readonly why?: string;
  /** What there is to be done, a line each. */
  readonly details?: readonly string[];
  /** Tells notices of one kind about the order itself apart, or the reminders of one change of an appointment. @default 0 */
  readonly number?: number;
  /** The change of the appointment that is to be told; one that has changed since, or is over, is told no more. Absent = as it is now. */
  readonly sequence?: number;
}

/**
 * A notice is named by order, kind, appointment and its sequence; its Message-ID is made of the same and of the recipient, so a
 * repeat after a cut is recognised, and what is sent again is the message that was sent. Whose server has taken it over is *told*. One contact told is enough to go on (our own
 * people do not count for what concerns the customer); none told is `mail-not-delivered` (try again) or `mail-refused`.
 */
export const sendNotice = step('send-notice', async (input: NoticeInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const appointment =
    input.appointmentId === undefined
      ? undefined
      : (await getItem(services.inventory, appointmentKey(input.partner, input.appointmentId))).value;

  if (input.sequence !== undefined && !isStill(appointment, input.sequence))
    return done({ told: 0, missed: 0 }, `${input.notice} is out of date and was not sent`);
  const told: string[] = [];
  const missed: string[] = [];
  let again = false;
  const bounced = await bouncedContacts(order, services);
  for (const to of recipients(input.notice, order, services)) {
    if (bounced.has(to) && !services.settings.opsAddresses.includes(to)) {
      missed.push(`${to} (mail to it came back)`);
      continue;
    }
    try {
      await tell(input, order, appointment, to, services);
      told.push(to);
    } catch (error) {
      const code = problemCode(error);
      if (code !== 'mail-refused' && code !== 'mail-not-delivered') throw error;
      again ||= code === 'mail-not-delivered';
      missed.push(`${to} (${code})`);
      services.log.warn('notice not delivered', { orderId: order.id, notice: input.notice, code });
    }
  }
  if (!told.some((to) => mustKnow(input.notice, order, to)))
    throw new Problem(
      again ? 'mail-not-delivered' : 'mail-refused',
      `nobody could be told of "${input.notice}": ${missed.join(', ')}`,
    );
  if (appointment !== undefined && announcesRestart(input.notice)) {
    await noteTold(order, appointment, services);
    if ((await takeBackTold(order, appointment.id, services)) !== undefined)
      throw new Problem('mail-refused', `every mail of "${input.notice}" came back`);
  }
  return done(
    { told: told.length, missed: missed.length },
    `${input.notice} taken over for ${told.join(', ')}${missed.length > 0 ? `; not for ${missed.join(', ')}` : ''}`,
  );
});

interface Telling {
  readonly input: NoticeInput;
  readonly order: Order;
  readonly appointment: Appointment | undefined;
  readonly link: string | undefined;
  readonly writtenAt: string;
}

async function tell(
  input: NoticeInput,
  order: Order,
  appointment: Appointment | undefined,
  to: string,
  services: Needs,
): Promise<void> {
  const nth = input.notice === 'restart-reminder' ? [input.number ?? 0] : [];
  const notice = [input.notice, appointment?.id ?? 'order', appointment?.sequence ?? input.number ?? 0, ...nth].join(
    '#',
  );
  const key = noticeKey(input.partner, order.id, notice, to);
  const { subject } = writeNotice(input.notice, { order, appointment, why: input.why });
  const messageId = `<${notice.replaceAll('#', '.')}.${order.id}.${recipientKey(to)}@${services.settings.mailDomain}>`;
  const writtenAt = services.clock.now().toISOString();
  const { why, details } = input;
  const { wantedRecords } = order;
  const record: NoticeRecord = { messageId, to, kind: input.notice, subject, writtenAt, why, wantedRecords, details };
  await services.inventory.add(mailKey(messageId), { partner: order.partner, orderId: order.id, notice: key });
  await services.inventory.add(key, record);
  const { value: kept } = await getItem(services.inventory, key);
  if (kept.deliveredAt !== undefined) return;

  const link =
    input.notice === 'names-differ'
      ? await namesLink(order, services)
      : appointment && (await noticeLink({ kind: input.notice, to, appointment, number: input.number ?? 0 }, services));
  await services.mail.send(messageOf(kept, { input, order, appointment, link, writtenAt }, services.settings));
  const deliveredAt = services.clock.now().toISOString();
  const { bouncedAt } = await changeItem(services.inventory, key, (now) => ({ ...now, deliveredAt }));
  if (bouncedAt !== undefined) throw new Problem('mail-refused', `the mail to "${to}" came back`);
}

/** A function of what is kept: the appointment is that of the sequence the notice is named by, and of an order nothing else is told that changes. */
function messageOf(
  kept: NoticeRecord,
  { input, order, appointment, link, writtenAt }: Telling,
  { mailAddress, mailDomain }: Settings,
): MailMessage {
  const at = new Date(kept.writtenAt ?? writtenAt);
  const facts =
    kept.writtenAt === undefined
      ? { order, appointment, why: input.why, details: input.details }
      : {
          order: { ...order, wantedRecords: kept.wantedRecords },
          appointment,
          why: kept.why,
          details: kept.details,
        };
  const { text, html } = writeNotice(input.notice, { ...facts, link });
  const calendar = noticeCalendar(input.notice, facts, { writtenAt: at, organizer: mailAddress, domain: mailDomain });
  const { messageId, to, subject } = kept;
  return { messageId, to, subject, text, html, calendar, writtenAt: at };
}

/** Only the notice of the present sequence counts as telling; a change in between makes it old news. */
async function noteTold(order: Order, told: Appointment, services: Needs): Promise<void> {
  const { inventory, clock } = services;
  const toldAt = clock.now().toISOString();
  const now = await changeItem(inventory, appointmentKey(order.partner, told.id), (kept) => {
    if (kept.sequence !== told.sequence || kept.toldAt !== undefined) return kept;
    return { ...kept, toldAt, state: kept.state === 'proposed' ? 'announced' : kept.state };
  });
  if (now.sequence !== told.sequence || !RESTART_AHEAD.includes(now.state)) return;
  const { id: appointmentId, hostname, opensAt, closesAt, confirmation } = now;
  const data = { orderId: order.id, hostname, appointmentId, opensAt, closesAt, confirmation, sequence: now.sequence };
  await noteEvent(order, { type: 'restart.announced', nth: `${now.number}-${now.sequence}`, data }, services);
}

/** States in which people have a restart before them. */
const RESTART_AHEAD: readonly Appointment['state'][] = ['announced', 'confirmed'];

function isStill(appointment: Appointment | undefined, sequence: number): boolean {
  return appointment?.sequence === sequence && RESTART_AHEAD.includes(appointment.state);
}

function mustKnow(kind: NoticeKind, order: Order, to: string): boolean {
  return audienceOf(kind) === 'ops' || order.request.contacts.some((contact) => contact.email === to);
}

function recipients(kind: NoticeKind, order: Order, { settings }: Needs): readonly string[] {
  const contacts = audienceOf(kind) === 'everyone' ? order.request.contacts.map((contact) => contact.email) : [];
  return [...new Set([...contacts, ...settings.opsAddresses])];
}
