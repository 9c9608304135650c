// The records steps keep about an order: their keys and shapes, and how they are read and changed.

import { createHash } from 'node:crypto';
import type { Appointment } from '../domain/appointment.ts';
import type { Certificate } from '../domain/certificate.ts';
import * as keys from '../domain/inventory-key.ts';
import type { Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import type { Server, SshGuard } from '../domain/server.ts';
import type { ServerLook } from '../domain/server-look.ts';
import type { Inventory, Item, Key, Marks } from '../ports/inventory.ts';
import type { VaultRef } from '../ports/vault.ts';
import type { TxtRecord } from '../ports/zones.ts';
import type { Services } from './services.ts';

/** The CA's attempt for one order; `round` grows when the CA has forgotten or refused the one before. */
export interface AcmeWork {
  readonly round: number;
  readonly authority: string;
  readonly names: readonly string[];
  readonly keyRef: VaultRef;
  readonly publicKeyPem: string;
  readonly csrPem: string;
  readonly orderUrl?: string | undefined;
  /** With the URL what makes the acmeOrder whole; a record from before these were kept lacks them, and the authority is asked. */
  readonly finalizeUrl?: string | undefined;
  readonly authorizationUrls?: readonly string[] | undefined;
  /** Written before the CSR is sent for the first time: from then on the authority is asked before it is sent again. */
  readonly finalizing?: true | undefined;
  /** Written before the first is put up, so that each can be taken down. */
  readonly txtRecords: readonly TxtRecord[];
  readonly chainRef?: VaultRef | undefined;
  readonly fingerprint?: string | undefined;
}

export interface AccountRecord {
  readonly keyRef: VaultRef;
  readonly accountUrl?: string | undefined;
  /** Of the key; absent = 1. */
  readonly generation?: number | undefined;
  /** The key the account is about to get; kept before the authority hears of it. */
  readonly next?: { readonly keyRef: VaultRef; readonly generation: number } | undefined;
}

export interface NoticeRecord {
  readonly messageId: string;
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  /** What a repeat must not say otherwise; a record from before these were kept lacks them. */
  readonly writtenAt?: string | undefined;
  readonly why?: string | undefined;
  readonly wantedRecords?: Order['wantedRecords'];
  readonly details?: readonly string[] | undefined;
  readonly deliveredAt?: string | undefined;
  readonly refused?: string | undefined;
  /** Taken over, and it came back all the same: whoever it was for is not told by it. ISO 8601, as the next. */
  readonly bouncedAt?: string | undefined;
  /** Whoever it was for called it unwanted. */
  readonly complainedAt?: string | undefined;
}

/** Which notice a Message-ID is of: reports about mails know nothing else. */
export interface MailPointer {
  readonly partner: string;
  readonly orderId: string;
  readonly notice: Key<NoticeRecord>;
}

/** What was seen before the first touch, and since. */
export interface ActivationRecord {
  readonly appointmentId: string;
  readonly fingerprint: string;
  readonly insideBefore: string;
  readonly outsideBefore: 'served' | 'unreachable';
  readonly startedAt: string;
}

export interface TimelineEntry {
  readonly step: string;
  readonly visit: number;
  readonly state: 'running' | 'waiting' | 'done' | 'problem';
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly attempts: number;
  /** One sentence for a person. */
  readonly summary?: string | undefined;
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
}

export interface Hold {
  readonly reason: string;
  readonly since: string;
}

export const orderKey = (partner: string, orderId: string): Key<Order> => ({
  partition: keys.ordersPartition(partner),
  sort: orderId,
});
export const serverKey = (partner: string, hostname: string): Key<Server> => ({
  partition: keys.serversPartition(partner),
  sort: hostname,
});
export const lookKey = (partner: string, hostname: string): Key<ServerLook> => ({
  partition: keys.looksPartition(partner),
  sort: hostname,
});
export const certificateKey = (partner: string, hostname: string): Key<Certificate> => ({
  partition: keys.certificatesPartition(partner),
  sort: hostname,
});
export const guardKey = (partner: string, hostname: string): Key<SshGuard> => ({
  partition: keys.guardPartition(partner),
  sort: hostname,
});
export const claimKey = (hostname: string): Key<{ readonly partner: string }> => ({
  partition: keys.claimPartition(hostname),
  sort: 'CLAIM',
});
export const accountKey = (authorityId: string): Key<AccountRecord> => ({
  partition: keys.accountPartition(authorityId),
  sort: 'ACCOUNT',
});
export const acmeKey = (partner: string, orderId: string): Key<AcmeWork> => ({
  partition: keys.workPartition(partner, orderId),
  sort: 'ACME',
});
export const holdKey = (partner: string): Key<Hold> => ({ partition: keys.holdPartition(partner), sort: 'HOLD' });

export const activationKey = (partner: string, orderId: string, appointmentId: string): Key<ActivationRecord> => ({
  partition: keys.workPartition(partner, orderId),
  sort: `ACTIVATION#${appointmentId}`,
});

export const appointmentKey = (partner: string, appointmentId: string): Key<Appointment> => ({
  partition: keys.appointmentsPartition(partner),
  sort: appointmentId,
});

export const timelineKey = (partner: string, orderId: string, step: string, visit: number): Key<TimelineEntry> => ({
  partition: keys.timelinePartition(partner, orderId),
  sort: `${step}#${String(visit).padStart(4, '0')}`,
});

export const noticeKey = (partner: string, orderId: string, notice: string, email: string): Key<NoticeRecord> => ({
  partition: keys.noticesPartition(partner, orderId),
  sort: `${notice}#${keys.recipientKey(email)}`,
});

export const mailKey = (messageId: string): Key<MailPointer> => ({
  partition: keys.mailPartition(messageId),
  sort: 'NOTICE',
});

/** Shelf of the orders somebody must see through; the sweep looks whether an execution still does. */
export const OPEN_SHELF = 'OPEN';

/** Shelf of the orders whose leaf is to be revoked, until it is. */
export const REVOCATIONS_SHELF = 'REVOCATIONS';

/** Shelf of the certificates, each at the moment its renewal must be looked at. */
export const RENEWALS_SHELF = 'RENEWALS';

export const listedMark = (order: Order): NonNullable<Marks['listed']> => ({
  shelf: `ORDERS#${order.partner}`,
  at: new Date(order.createdAt),
});

/** Fails with `not-found` naming the thing. */
export async function getItem<Value>(inventory: Inventory, key: Key<Value>): Promise<Item<Value>> {
  const item = await inventory.find(key);
  if (item === undefined) throw new Problem('not-found', `nothing is kept under "${key.partition}" "${key.sort}"`);
  return item;
}

const ATTEMPTS = 10;

/**
 * Reads, decides and writes on the version read, again when somebody else was faster. `change` may run several times and answers the same
 * value when there is nothing to write. Marks are kept unless given.
 */
export async function changeItem<Value>(
  inventory: Inventory,
  key: Key<Value>,
  change: (value: Value) => NoInfer<Value>,
  marks?: (value: Value) => Marks,
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    const item = await getItem(inventory, key);
    const value = change(item.value);
    if (value === item.value && marks === undefined) return value;
    try {
      await inventory.replace(item, value, marks === undefined ? item.marks : marks(value));
      return value;
    } catch (error) {
      if (problemCode(error) !== 'item-changed' || attempt === ATTEMPTS) throw error;
    }
  }
}

export const keyUseKey = (partner: string, publicKey: string): Key<{ readonly hostname: string }> => ({
  partition: keys.keyUsesPartition(partner),
  sort: createHash('sha256').update(publicKey).digest('hex'),
});

/** Another server of the partner that has served with this key. */
export async function findKeyUse(
  partner: string,
  publicKey: string,
  hostname: string,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<string | undefined> {
  const use = await inventory.find(keyUseKey(partner, publicKey));
  return use === undefined || use.value.hostname === hostname ? undefined : use.value.hostname;
}
