// Looks whether the records only the customer can set are right, writes down those that are not, and says when somebody is to hear of it.

import { DNS_DEADLINE_MS, decideDnsPatience } from '../domain/awaiting-dns.ts';
import { delegationTarget } from '../domain/delegation.ts';
import { isClosed, type Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import {
  addressTypeOf,
  isAwaited,
  type NameOutside,
  planWantedRecords,
  type RecordsSeen,
  shownSeen,
  type WantedRecord,
  zoneLine,
} from '../domain/wanted-records.ts';
import { describeIssuer, type Issuer, judgeCaa } from './caa-verdict.ts';
import { namesOutside } from './names-outside.ts';
import { changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'zones' | 'publicDns' | 'authorities' | 'clock' | 'log' | 'settings'>;

export interface AwaitDnsInput extends StepInput {
  /** Number of the latest notice about these records; 0 = nobody has been told. */
  readonly told: number;
}

/** `closed`: a person has cancelled the order meanwhile. */
export type AwaitedDns =
  | { readonly next: 'go-on' }
  | { readonly next: 'closed' }
  | { readonly next: 'tell'; readonly number: number };

const DAY_MS = 24 * 3_600_000;

/**
 * Nothing is ever written to a zone that is not ours. Names are judged afresh on each look: one whose zone has come to us meanwhile is set by us. Fails with
 * `dns-not-set` after the deadline, and with `no-zone-for-name` where there is no delegation zone to name.
 */
export const awaitDns = step('await-dns', async (input: AwaitDnsInput, services: Needs) => {
  const { inventory, clock } = services;
  const key = orderKey(input.partner, input.orderId);
  const { value: order } = await getItem(inventory, key);
  if (isClosed(order)) return closed();
  const wanted = await lookOutside(order, services);

  if (!isAwaited(wanted)) {
    const warnings = wanted.filter(({ where }) => where === 'public').map(asWarning);
    const after = await changeItem(inventory, key, (now) => withoutWanted(now, warnings));
    if (isClosed(after)) return closed();
    return done<AwaitedDns>({ next: 'go-on' }, ['every record needed is there', ...warnings].join('; '));
  }
  const since = order.awaitingDnsSince ?? clock.now().toISOString();
  const waiter = await changeItem(inventory, key, (now) => withWanted(now, wanted, since));
  if (isClosed(waiter)) return closed();
  const missing = wanted
    .filter(({ required }) => required)
    .map(missingLine)
    .join('; ');
  const patience = decideDnsPatience(new Date(since), input.told, clock.now());
  if (patience.act === 'give-up') {
    const days = Math.round(DNS_DEADLINE_MS / DAY_MS);
    throw new Problem('dns-not-set', `after ${days} days still to be set: ${missing}`);
  }
  if (patience.act === 'wait') return waiting(`to be set: ${missing}`, patience.waitMs);
  return done<AwaitedDns>({ next: 'tell', number: patience.number }, `to be set: ${missing}`);
});

function closed() {
  return done<AwaitedDns>({ next: 'closed' }, 'the order was cancelled');
}

async function lookOutside(order: Order, services: Needs): Promise<readonly WantedRecord[]> {
  const { hostname, publicIp } = order.request;
  const outside = await namesOutside(order.request, services.zones);
  const issuer = await describeIssuer(order, services);
  const [address, names] = await Promise.all([
    outside.includes(hostname) ? services.publicDns.findRecords(hostname, addressTypeOf(publicIp)) : undefined,
    Promise.all(outside.map((name) => lookAt(name, issuer, services))),
  ]);
  const { delegationZone } = services.settings;
  return planWantedRecords({
    hostname,
    publicIp,
    address,
    names,
    delegationZone,
    reason: order.reason === 'renew' ? 'renew' : 'provision',
  });
}

async function lookAt(name: string, issuer: Issuer, services: Needs): Promise<NameOutside> {
  const [proof, caa] = await Promise.all([
    lookForProof(`_acme-challenge.${name}`, services),
    judgeCaa(name, issuer, services),
  ]);
  return { name, proof, missingCaa: caa.verdict === 'forbidden' ? caa.missing : undefined };
}

/**
 * A customer's name server that is silent is waited for as long as a record that is missing. Where the record stands as we ask for it, the trouble is
 * ours (or it was set this moment): nobody is told to set what is there.
 */
async function lookForProof(challenge: string, { zones, publicDns, settings }: Needs): Promise<'ours' | RecordsSeen> {
  try {
    await zones.follow(challenge);
    return 'ours';
  } catch (error) {
    const code = problemCode(error);
    const { delegationZone } = settings;
    const isTheirs = code === 'no-zone-for-name' || code === 'delegation-broken' || code === 'dns-unreachable';
    if (!isTheirs || delegationZone === undefined) throw error;
    const seen = await publicDns.findRecords(challenge, 'CNAME');
    if (seen.kind === 'unknown' || !seen.values.includes(delegationTarget(challenge, delegationZone))) return seen;
    await zones.follow(challenge);
    return 'ours';
  }
}

function withWanted(order: Order, wanted: readonly WantedRecord[], since: string): Order {
  if (isClosed(order)) return order;
  const isSame = order.awaitingDnsSince === since && JSON.stringify(order.wantedRecords) === JSON.stringify(wanted);
  if (isSame && order.state === 'awaiting-dns') return order;
  return { ...order, state: 'awaiting-dns', wantedRecords: wanted, awaitingDnsSince: since };
}

function withoutWanted(order: Order, warnings: readonly string[]): Order {
  if (isClosed(order)) return order;
  return {
    ...order,
    state: order.state === 'awaiting-dns' ? 'working' : order.state,
    wantedRecords: undefined,
    awaitingDnsSince: undefined,
    warnings: [...new Set([...order.warnings, ...warnings])],
  };
}

function missingLine(record: WantedRecord): string {
  return `${zoneLine(record)} (now there: ${shownSeen(record)})`;
}

function asWarning(record: WantedRecord): string {
  return `in public DNS there should be ${missingLine(record)}`;
}
