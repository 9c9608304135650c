// Which contacts know of a restart, as their mail servers said.

import { type Appointment, isAhead } from '../domain/appointment.ts';
import { noticesPartition } from '../domain/inventory-key.ts';
import { announcesRestart } from '../domain/notice.ts';
import type { Order } from '../domain/order.ts';
import type { Item, Marks } from '../ports/inventory.ts';
import { allItems } from './all-items.ts';
import { appointmentKey, changeItem, getItem, type NoticeRecord } from './records.ts';
import type { Services } from './services.ts';

/** Addresses of the order's contacts who were told of one of its restarts, whichever: these have an entry in their calendar. */
export async function contactsTold(
  order: Order,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<readonly string[]> {
  const contacts = new Set(order.request.contacts.map(({ email }) => email));
  const told = (await noticesOf(order, { inventory }))
    .map(({ value }) => value)
    .filter(
      ({ kind, to, deliveredAt, bouncedAt }) =>
        deliveredAt !== undefined && bouncedAt === undefined && contacts.has(to) && announcesRestart(kind),
    );
  return [...new Set(told.map(({ to }) => to))];
}

/** Contacts whose mail about this order came back: nothing more of it is sent there. */
export async function bouncedContacts(
  order: Order,
  services: Pick<Services, 'inventory'>,
): Promise<ReadonlySet<string>> {
  const notices = await noticesOf(order, services);
  return new Set(notices.filter(({ value }) => value.bouncedAt !== undefined).map(({ value }) => value.to));
}

/**
 * Where the last contact who was told of the present change of the restart is told no more, told is taken back: answers the appointment then, else
 * undefined. One that a contact confirmed stays told: whoever says yes to it knows of it.
 */
export async function takeBackTold(
  order: Order,
  id: string,
  services: Pick<Services, 'inventory'>,
  marks?: Marks,
): Promise<Appointment | undefined> {
  const key = appointmentKey(order.partner, id);
  const { value: seen } = await getItem(services.inventory, key);
  if (seen.toldAt === undefined || isKnownByAnswer(seen) || (await isAnyoneTold(order, seen, services)))
    return undefined;
  const isSame = (now: Appointment) => isAhead(now) && now.sequence === seen.sequence && !isKnownByAnswer(now);
  const taken = await changeItem(
    services.inventory,
    key,
    (now): Appointment =>
      isSame(now) ? { ...now, toldAt: undefined, state: now.state === 'announced' ? 'proposed' : now.state } : now,
    marks && (() => marks),
  );
  return taken.toldAt === undefined ? taken : undefined;
}

function isKnownByAnswer({ confirmation, state, runNow }: Appointment): boolean {
  return confirmation === 'contact' && state === 'confirmed' && !runNow;
}

async function isAnyoneTold(
  order: Order,
  { id, sequence }: Appointment,
  services: Pick<Services, 'inventory'>,
): Promise<boolean> {
  const contacts = new Set(order.request.contacts.map(({ email }) => email));
  const notices = await noticesOf(order, services);
  return notices.some(
    ({ key, value: { kind, to, deliveredAt, bouncedAt } }) =>
      key.sort.startsWith(`${kind}#${id}#${sequence}#`) &&
      announcesRestart(kind) &&
      contacts.has(to) &&
      deliveredAt !== undefined &&
      bouncedAt === undefined,
  );
}

/** What was written to people about one order. */
function noticesOf(
  order: Pick<Order, 'partner' | 'id'>,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<readonly Item<NoticeRecord>[]> {
  return allItems(inventory, noticesPartition(order.partner, order.id));
}
