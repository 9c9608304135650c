// An order and its restart, as notices tell of them.

import type { Appointment } from '../../src/domain/appointment.ts';
import type { Order } from '../../src/domain/order.ts';
import { HOSTNAME, PARTNER, request } from './order-world.ts';

export const order: Order = {
  id: 'o1',
  partner: PARTNER,
  idempotencyKey: 'k1',
  requestHash: 'ab',
  request,
  reason: 'provision',
  state: 'awaiting-window',
  createdAt: '2027-01-11T15:00:00.000Z',
  warnings: [],
};

export const appointment: Appointment = {
  id: 'o1-a1',
  partner: PARTNER,
  orderId: 'o1',
  hostname: HOSTNAME,
  number: 1,
  state: 'proposed',
  opensAt: '2027-01-13T07:00:00.000Z',
  closesAt: '2027-01-13T09:00:00.000Z',
  noticeDeadlineAt: '2027-01-12T07:00:00.000Z',
  confirmation: 'nobody',
  runNow: false,
  sequence: 0,
};
