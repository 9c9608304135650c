// Slots of a partner's restarts: never more than allowed, and none that outlives its restart.

import { describe, expect, it } from 'vitest';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import type { Appointment } from '../../src/domain/appointment.ts';
import { appointmentKey, changeItem } from '../../src/steps/records.ts';
import { RESTARTS_AT_ONCE, takeRestartSlot } from '../../src/steps/restart-slots.ts';
import type { Settings } from '../../src/steps/services.ts';
import { appointment } from '../support/notice-facts.ts';

function world(restartsAtOnce?: Settings['restartsAtOnce']) {
  const inventory = new MemoryInventory();
  let now = new Date(appointment.opensAt);
  const services = {
    inventory,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    settings: { restartsAtOnce } as Settings,
  };
  const nth = (n: number, partner = appointment.partner): Appointment => ({ ...appointment, id: `o${n}-a1`, partner });
  return {
    take: async (n: number, partner?: string) => {
      await inventory.add(appointmentKey(nth(n, partner).partner, nth(n).id), { ...nth(n, partner), state: 'open' });
      return takeRestartSlot(nth(n, partner), services);
    },
    end: (n: number, state: Appointment['state'], opensAt = appointment.opensAt) =>
      changeItem(inventory, appointmentKey(appointment.partner, nth(n).id), (kept) => ({ ...kept, state, opensAt })),
    at: (moment: string) => {
      now = new Date(moment);
    },
  };
}

const NONE = /^2 restart\(s\) of other servers are under way, and no more than 2 may be at once$/;

describe('the slots of a partner', () => {
  it('are as many as ops say, and five where they say nothing', async () => {
    const two = world({ emetrotel: 2 });
    expect([await two.take(1), await two.take(2)]).toEqual([undefined, undefined]);
    expect(await two.take(3)).toMatch(NONE);
    const usual = world();
    for (let n = 1; n <= RESTARTS_AT_ONCE; n += 1) expect(await usual.take(n)).toBeUndefined();
    expect(await usual.take(9)).toContain('no more than 5');
  });

  it('are each partner’s own', async () => {
    const one = world({ emetrotel: 1, other: 1 });
    expect([await one.take(1), await one.take(2, 'other')]).toEqual([undefined, undefined]);
  });

  it('are not taken twice by one appointment', async () => {
    const two = world({ emetrotel: 2 });
    for (let again = 0; again < 3; again += 1) expect(await two.take(1)).toBeUndefined();
    expect(await two.take(2)).toBeUndefined();
    expect(await two.take(2)).toBeUndefined();
  });

  it.each(['done', 'rolled-back', 'missed', 'cancelled'] as const)('are free again once one is %s', async (state) => {
    const two = world({ emetrotel: 2 });
    await two.take(1);
    await two.take(2);
    await two.end(1, state);
    expect(await two.take(3)).toBeUndefined();
    expect(await two.take(4)).toMatch(NONE);
  });

  it('are free again when one was moved away before it was opened, and not while it may still be opened', async () => {
    const two = world({ emetrotel: 2 });
    await two.take(1);
    await two.take(2);
    await two.end(1, 'confirmed');
    expect(await two.take(3)).toMatch(NONE);
    await two.end(1, 'announced', '2027-01-20T07:00:00.000Z');
    expect(await two.take(3)).toBeUndefined();
  });

  it('are free again an hour after the window of one that nobody sees the end of', async () => {
    const two = world({ emetrotel: 2 });
    await two.take(1);
    await two.take(2);
    two.at('2027-01-13T10:00:00.000Z');
    expect(await two.take(3)).toBeUndefined();
  });

  it('go to one of those who take the last at the same moment', async () => {
    const two = world({ emetrotel: 2 });
    const taken = await Promise.all([1, 2, 3, 4, 5].map((n) => two.take(n)));
    expect(taken.filter((why) => why === undefined)).toHaveLength(2);
  });
});
