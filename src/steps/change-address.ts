// Inside an appointment: makes the hostname of a server in use point at its new public address, or back at the old one with a roll-back.

import { addressTypeOf } from '../domain/wanted-records.ts';
import type { AddressRecord } from '../ports/zones.ts';
import { changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { AppointmentInput } from './review-appointment.ts';
import type { Services } from './services.ts';
import { done, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'addresses' | 'clock' | 'log'>;

const LOOK_AGAIN_MS = 1_000;

export interface ChangeAddressInput extends AppointmentInput {
  readonly direction: 'there' | 'back';
}

/**
 * Compare-and-swap between the two addresses the order names; anything else that stands there by now is `record-conflict` and stays. Done when every
 * authoritative server answers with it. The record was written by us before, so its TTL is a minute: nothing has to be lowered first.
 */
export const changeAddress = step('change-address', async (input: ChangeAddressInput, services: Needs) => {
  const { inventory, addresses } = services;
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  const { addressChange } = order;
  if (addressChange === undefined) return done({}, 'the order changes no address');
  const { hostname } = order.request;
  const [from, to] =
    input.direction === 'there' ? [addressChange.from, addressChange.to] : [addressChange.to, addressChange.from];
  const wanted = recordOf(hostname, to);
  await addresses.replaceAddress(wanted, recordOf(hostname, from));
  await changeItem(inventory, serverKey(order.partner, hostname), (server) =>
    server.addressWritten === to ? server : { ...server, addressWritten: to },
  );
  if (!(await addresses.addressIsVisible(wanted)))
    return waiting('not every name server answers with the address yet', LOOK_AGAIN_MS);
  return done({}, `${hostname} is ${to} at every authoritative name server, and was ${from}`);
});

function recordOf(name: string, address: string): AddressRecord {
  return { name, type: addressTypeOf(address), values: [address] };
}
