// Lets the schedule of renewals come by every quarter of an hour in a world whose clock the test moves, and skips what nobody waits for.

import { vi } from 'vitest';
import type { Certificate } from '../../src/domain/certificate.ts';
import { isClosed, type Order } from '../../src/domain/order.ts';
import { SCHEDULE_MS } from '../../src/domain/renewal.ts';
import { certificateKey, getItem, orderKey, RENEWALS_SHELF } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { changeAppointment } from '../../src/workflows/change-appointment.ts';
import { type StartedRenewals, startDueRenewals } from '../../src/workflows/start-due-renewals.ts';
import { HOSTNAME, type OrderWorld, PARTNER } from './order-world.ts';

/** No test waits for longer than this. */
const PATIENCE_MS = 400 * 24 * 3_600_000;

const LONGEST_LEAP_MS = 24 * 3_600_000;

export class RenewalClock {
  readonly #world: OrderWorld;
  readonly #services: Services;
  readonly #random: () => number;

  constructor(world: OrderWorld, services: Services, random: () => number) {
    this.#world = world;
    this.#services = services;
    this.#random = random;
  }

  async certificate(): Promise<Certificate> {
    return (await getItem(this.#world.inventory, certificateKey(PARTNER, HOSTNAME))).value;
  }

  async orders(): Promise<readonly Order[]> {
    const page = await this.#world.inventory.list<Order>(orderKey(PARTNER, '').partition, { limit: 100 });
    return page.items.map(({ value }) => value);
  }

  /** The schedule comes by once. */
  tick(now = new Date(), services = this.#services): Promise<StartedRenewals> {
    return startDueRenewals({ now, random: this.#random }, services);
  }

  /** Moves the clock, the schedule coming by at each quarter of an hour somebody waits for, until it is so. */
  async until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    const endsAt = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (Date.now() > endsAt) throw new Error('it does not come to be so');
      await this.#next();
    }
  }

  async ticksFor(ms: number): Promise<void> {
    const endsAt = Date.now() + ms;
    await this.until(() => Date.now() >= endsAt);
  }

  /** Answers the order that brought another leaf into service, once it is closed. */
  async renewed(before: Certificate): Promise<Order> {
    let order: Order | undefined;
    await this.until(async () => {
      const after = await this.certificate();
      if (after.fingerprint === before.fingerprint) return false;
      order = await this.#world.order(after.orderId);
      return isClosed(order);
    });
    if (order === undefined) throw new Error('no order');
    return order;
  }

  /** Waits for the renewal's restart to be agreed on, and cancels it as a person would. */
  async cancelRestart(): Promise<void> {
    const waiting = async () =>
      (await this.orders()).find(({ state, reason }) => reason === 'renew' && state === 'awaiting-window');
    await this.until(async () => (await waiting()) !== undefined);
    await changeAppointment(PARTNER, (await waiting())?.appointmentId ?? '', { act: 'cancel' }, this.#services);
  }

  /** To the next timer, or the next quarter of an hour at which a certificate is to be looked at, whichever is first. */
  async #next(): Promise<void> {
    await this.#world.quiet();
    const lookAt = Math.ceil((await this.#nextMark()) / SCHEDULE_MS) * SCHEDULE_MS;
    const soonest = Math.ceil((Date.now() + 1) / SCHEDULE_MS) * SCHEDULE_MS;
    const waitMs = Math.min(Math.max(lookAt, soonest) - Date.now(), LONGEST_LEAP_MS);
    let isOurs = false;
    const ours = setTimeout(() => {
      isOurs = true;
    }, waitMs);
    vi.advanceTimersToNextTimer();
    clearTimeout(ours);
    if (isOurs && Date.now() >= lookAt) await this.tick();
  }

  async #nextMark(): Promise<number> {
    const until = new Date('9999-01-01T00:00:00Z');
    const page = await this.#world.inventory.listMarked('due', RENEWALS_SHELF, {
      limit: 1,
      until,
      order: 'oldest-first',
    });
    return page.items[0]?.marks.due?.at.getTime() ?? Number.POSITIVE_INFINITY;
  }
}
