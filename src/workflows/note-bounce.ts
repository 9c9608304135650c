// A mail that was taken over and came back all the same: told is taken back, and a person hears of it.

import { isAhead } from '../domain/appointment.ts';
import { recipientKey } from '../domain/inventory-key.ts';
import type { Order } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { appointmentKey, changeItem, getItem, mailKey, type NoticeRecord, orderKey } from '../steps/records.ts';
import { sendNotice } from '../steps/send-notice.ts';
import type { Services } from '../steps/services.ts';
import { takeBackTold } from '../steps/told-contacts.ts';
import { NUDGE_SHELF, nudge } from './change-appointment.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'linkKeys' | 'log' | 'mail' | 'clock' | 'settings'>;

/** What a mail server, or whoever sends for us, reports of one mail after it was taken over. */
export interface MailReport {
  /** `bounce`: it did not reach the person, for good. `complaint`: it did, and was called unwanted. */
  readonly kind: 'bounce' | 'complaint';
  /** Of the mail, with its angle brackets. */
  readonly messageId: string;
  readonly address: string;
  /** In the words of whoever reports it; from outside. */
  readonly why: string;
}

/** A visit no workflow uses, so that the timeline shows it. */
const BOUNCE_VISIT = 9_999_994;

/**
 * A report about a mail that is none of ours, or was not to that address, changes nothing: anybody may send one. Of a contact's mail the notice keeps
 * when it came back, nothing more of this order is sent there, and our people are told (`mail-bounced`). Where no contact is left who was told
 * of the restart, told is taken back and the run woken: it finds nobody to tell, and stops without a restart. Safe to run twice.
 */
export async function noteBounce(report: MailReport, services: Needs): Promise<'noted' | 'unknown'> {
  const { inventory, clock, log } = services;
  const pointer = await inventory.find(mailKey(report.messageId));
  const notice = pointer && (await inventory.find(pointer.value.notice));
  if (pointer === undefined || notice?.value.to.toLowerCase() !== report.address.toLowerCase()) {
    log.warn('report about a mail that is none of ours', { kind: report.kind });
    return 'unknown';
  }
  const { value: order } = await getItem(inventory, orderKey(pointer.value.partner, pointer.value.orderId));
  const at = clock.now().toISOString();
  const kept = await changeItem(inventory, notice.key, (now): NoticeRecord => {
    if (report.kind === 'complaint') return now.complainedAt === undefined ? { ...now, complainedAt: at } : now;
    return now.bouncedAt === undefined ? { ...now, bouncedAt: at } : now;
  });
  log.warn('mail came back', { orderId: order.id, notice: kept.kind, kind: report.kind });
  if (report.kind === 'bounce') await takeBack(order, services);
  if (order.request.contacts.some(({ email }) => email === kept.to)) await tellOps(order, kept, report, services);
  return 'noted';
}

async function takeBack(order: Order, services: Needs): Promise<void> {
  if (order.appointmentId === undefined) return;
  const { value: appointment } = await getItem(services.inventory, appointmentKey(order.partner, order.appointmentId));
  if (!isAhead(appointment)) return;
  const due = { shelf: NUDGE_SHELF, at: services.clock.now() };
  const taken = await takeBackTold(order, appointment.id, services, { due });
  if (taken !== undefined) await nudge(taken, services);
}

/** Not about what was for our own people: that mail would come back too. */
async function tellOps(order: Order, kept: NoticeRecord, { kind, why }: MailReport, services: Needs): Promise<void> {
  const seen = kind === 'bounce' ? 'came back' : 'was called unwanted';
  const told = await sendNotice(
    {
      ...{ partner: order.partner, orderId: order.id, visit: BOUNCE_VISIT, notice: 'mail-bounced' },
      number: numberOf(`${kind} ${kept.messageId}`),
      why: `the mail "${kept.subject}" to ${kept.to} ${seen}: ${why}`,
    },
    services,
  );
  if (told.kind === 'problem') throw new Problem('mail-not-delivered', told.problem.message);
}

/** Tells the notices about two mails of one order apart, and is the same for a report that comes twice. */
function numberOf(text: string): number {
  return Number.parseInt(recipientKey(text).slice(0, 8), 16);
}
