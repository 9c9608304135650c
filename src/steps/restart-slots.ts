// How many servers of one partner are restarted at once: a slot each, which nobody has to give back.

import { type Appointment, isAhead } from '../domain/appointment.ts';
import { restartsPartition } from '../domain/inventory-key.ts';
import type { Key } from '../ports/inventory.ts';
import { appointmentKey, changeItem } from './records.ts';
import type { Services } from './services.ts';

/** Where ops have set nothing else for a partner. */
export const RESTARTS_AT_ONCE = 5;

/** A restart that is not over so long after its window counts no more: its server cannot be seen, and the others must go on. */
const AFTER_WINDOW_MS = 3_600_000;

export interface RestartSlots {
  /** `until` is ISO 8601. */
  readonly slots: readonly { readonly appointmentId: string; readonly until: string }[];
}

const slotsKey = (partner: string): Key<RestartSlots> => ({ partition: restartsPartition(partner), sort: 'SLOTS' });

/**
 * Takes a slot for the appointment, or answers why there is none. Asked again, the appointment has its slot already. One whose restart is over, or never
 * began in time, is free again: that is read from the appointments, so a process that dies leaves none behind. Of two that take the last slot at
 * the same moment, one gets it.
 */
export async function takeRestartSlot(
  { id, partner, closesAt }: Appointment,
  services: Pick<Services, 'inventory' | 'clock' | 'settings'>,
): Promise<string | undefined> {
  const { inventory, clock, settings } = services;
  const key = slotsKey(partner);
  const most = settings.restartsAtOnce?.[partner] ?? RESTARTS_AT_ONCE;
  await inventory.add(key, { slots: [] });
  const seen = (await inventory.find(key))?.value.slots ?? [];
  const over = new Set<string>();
  for (const slot of seen) {
    if (slot.appointmentId !== id && (await isOver(partner, slot.appointmentId, services)))
      over.add(slot.appointmentId);
  }
  const now = clock.now().toISOString();
  const until = new Date(new Date(closesAt).getTime() + AFTER_WINDOW_MS).toISOString();
  const kept = await changeItem(inventory, key, ({ slots }): RestartSlots => {
    const taken = slots.filter(
      (slot) => slot.appointmentId !== id && slot.until > now && !over.has(slot.appointmentId),
    );
    return { slots: taken.length < most ? [...taken, { appointmentId: id, until }] : taken };
  });
  if (kept.slots.some((slot) => slot.appointmentId === id)) return undefined;
  return `${kept.slots.length} restart(s) of other servers are under way, and no more than ${most} may be at once`;
}

/** Also one that was moved away in the moment between its slot and its opening. */
async function isOver(
  partner: string,
  id: string,
  { inventory, clock }: Pick<Services, 'inventory' | 'clock'>,
): Promise<boolean> {
  const item = await inventory.find(appointmentKey(partner, id));
  if (item === undefined) return true;
  const { state, opensAt } = item.value;
  return state !== 'open' && !(isAhead(item.value) && new Date(opensAt) <= clock.now());
}
