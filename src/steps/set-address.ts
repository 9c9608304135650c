// Makes the server's hostname point at its public address, and never takes a name away from somebody else.

import { Problem } from '../domain/problem.ts';
import { addressTypeOf } from '../domain/wanted-records.ts';
import type { AddressRecord } from '../ports/zones.ts';
import { isGranted } from './granted-names.ts';
import { changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'addresses' | 'zones' | 'clock' | 'log' | 'settings'>;

const LOOK_AGAIN_MS = 1_000;

/** `changesAddress`: nothing was written yet; the appointment does it. */
export interface AddressSet {
  readonly changesAddress?: true;
}

/**
 * A present record with another address stays as it is: one we wrote for this server is changed inside the appointment, and one that is not ours belongs
 * to a person: `record-conflict`. A name outside our zones is its owner's to set; `await-dns` has waited for it.
 */
export const setAddress = step('set-address', async (input: StepInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const { hostname, publicIp } = order.request;
  if (order.imported !== undefined && !isGranted(order.partner, hostname, services.settings))
    return done<AddressSet>({}, `${hostname} is not granted to be written here; its address is set by its owner`);
  if ((await services.zones.findZone(hostname)) === undefined)
    return done<AddressSet>({}, `${hostname} lies in no zone of ours; its address is set by its owner`);
  const wanted: AddressRecord = { name: hostname, type: addressTypeOf(publicIp), values: [publicIp] };

  const present = await services.addresses.findAddress(hostname, wanted.type);
  if (present !== undefined && present.values.join() !== publicIp) {
    const from = present.values.join();
    const { value: server } = await getItem(services.inventory, serverKey(order.partner, hostname));
    if (server.addressWritten === from) {
      await changeItem(services.inventory, orderKey(order.partner, order.id), (now) => ({
        ...now,
        addressChange: { from, to: publicIp },
      }));
      return done<AddressSet>(
        { changesAddress: true },
        `${hostname} is ${from}, as we wrote it, and in use; it becomes ${publicIp} inside the appointment`,
      );
    }
    throw new Problem(
      'record-conflict',
      `${wanted.type} record of "${hostname}" is ${present.values.join(', ')}, ordered is ${publicIp}; nothing was changed: ` +
        'correct the order, or change the record when nobody uses the old address',
    );
  }
  await changeItem(services.inventory, serverKey(order.partner, hostname), (server) => ({
    ...server,
    addressWritten: publicIp,
  }));
  await services.addresses.replaceAddress(wanted, present);
  if (!(await services.addresses.addressIsVisible(wanted)))
    return waiting('not every name server answers with the address yet', LOOK_AGAIN_MS);
  return done<AddressSet>({}, `${hostname} is ${publicIp} at every authoritative name server`);
});
