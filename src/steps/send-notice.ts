// Tells everyone concerned, each once, and keeps who was told.

import type { Appointment } from '../domain/appointment.ts';
import { recipientKey } from '../domain/inventory-key.ts';
import { audienceOf, type NoticeKind, writeNotice } from '../domain/notice.ts';
import type { Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { appointmentKey, changeItem, getItem, type NoticeRecord, noticeKey, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'mail' | 'clock' | 'log' | 'settings'>;

export interface NoticeInput extends StepInput {
  readonly notice: NoticeKind;
  readonly appointmentId?: string;
  readonly why?: string;
  /** Tells notices of one kind about the order itself apart. @default 0 */
  readonly number?: number;
}

/**
 * A notice is named by order, kind, appointment and its sequence; its Message-ID is made of the same and of the recipient, so a
 * repeat after a cut is recognised. Whose server has taken it over is *told*. One contact told is enough to go on (our own
 * people do not count for what concerns the customer); none told is `mail-not-delivered` (try again) or `mail-refused`.
 */
export const sendNotice = step('send-notice', async (input: NoticeInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const appointment =
    input.appointmentId === undefined
      ? undefined
      : (await getItem(services.inventory, appointmentKey(input.partner, input.appointmentId))).value;

  const told: string[] = [];
  const missed: string[] = [];
  let again = false;
  for (const to of recipients(input.notice, order, services)) {
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
  if (appointment !== undefined) await noteTold(input.partner, appointment, services);
  return done(
    { told: told.length, missed: missed.length },
    `${input.notice} taken over for ${told.join(', ')}${missed.length > 0 ? `; not for ${missed.join(', ')}` : ''}`,
  );
});

async function tell(
  input: NoticeInput,
  order: Order,
  appointment: Appointment | undefined,
  to: string,
  services: Needs,
): Promise<void> {
  const notice = [input.notice, appointment?.id ?? 'order', appointment?.sequence ?? input.number ?? 0].join('#');
  const key = noticeKey(input.partner, order.id, notice, to);
  const { subject, text } = writeNotice(input.notice, { order, appointment, why: input.why });
  const messageId = `<${notice.replaceAll('#', '.')}.${order.id}.${recipientKey(to)}@${services.settings.mailDomain}>`;
  const record: NoticeRecord = { messageId, to, kind: input.notice, subject };
  await services.inventory.add(key, record);
  const { value: kept } = await getItem(services.inventory, key);
  if (kept.deliveredAt !== undefined) return;

  await services.mail.send({ messageId, to, subject: kept.subject, text });
  const deliveredAt = services.clock.now().toISOString();
  await changeItem(services.inventory, key, (now) => ({ ...now, deliveredAt }));
}

/** Only the notice of the present sequence counts as telling; a change in between makes it old news. */
async function noteTold(partner: string, told: Appointment, { inventory, clock }: Needs): Promise<void> {
  const toldAt = clock.now().toISOString();
  await changeItem(inventory, appointmentKey(partner, told.id), (now) => {
    if (now.sequence !== told.sequence || now.toldAt !== undefined) return now;
    return { ...now, toldAt, state: now.state === 'proposed' ? 'announced' : now.state };
  });
}

function mustKnow(kind: NoticeKind, order: Order, to: string): boolean {
  return audienceOf(kind) === 'ops' || order.request.contacts.some((contact) => contact.email === to);
}

function recipients(kind: NoticeKind, order: Order, { settings }: Needs): readonly string[] {
  const contacts = audienceOf(kind) === 'everyone' ? order.request.contacts.map((contact) => contact.email) : [];
  return [...new Set([...contacts, ...settings.opsAddresses])];
}
