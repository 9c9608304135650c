// The schedule of renewals: looks at each certificate whose moment has come, asks its authority for advice, and orders what is due.

import { type Certificate, planRenewal, validityOf, withAdvice, withEnd } from '../domain/certificate.ts';
import { IMPORTED, isClosed, OBSERVED, type Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { isOverdue } from '../domain/renewal.ts';
import type { Item } from '../ports/inventory.ts';
import { findReadyLeaf } from '../steps/ready-leaf.ts';
import { acmeKey, getItem, orderKey, RENEWALS_SHELF, serverKey } from '../steps/records.ts';
import { sendNotice } from '../steps/send-notice.ts';
import type { Services } from '../steps/services.ts';
import { acceptRenewal } from './accept-order.ts';
import { chaseImported } from './chase-imported.ts';
import { eachDue } from './due-items.ts';

type Needs = Pick<
  Services,
  'inventory' | 'vault' | 'renewalAdvice' | 'executions' | 'mail' | 'clock' | 'linkKeys' | 'log' | 'settings'
>;

export interface RenewalsRun {
  /** Moment of the event that started it: a late or repeated delivery decides the same. */
  readonly now: Date;
  /** 0 (included) to 1 (excluded); asked once for each new suggested window. */
  readonly random: () => number;
}

export interface StartedRenewals {
  readonly looked: number;
  readonly ordered: number;
  /** Looks that failed; their certificates are looked at again the next time. */
  readonly failed: number;
}

const HOUR_MS = 3_600_000;

/** While an order is open: only whether people must hear that it takes too long. Its end brings the next look by itself. */
const OPEN_ORDER_MS = 6 * HOUR_MS;

/** An authority that cannot be asked (RFC 9773, 4.3.3: not before six hours when it gives no advice for long). */
const ASK_AGAIN_MS = 6 * HOUR_MS;

/** An authority that gives no advice may learn to. */
const NO_ADVICE_MS = 24 * HOUR_MS;

/** Time is in proportion to what is due: certificates whose moment has not come are not read. */
export async function startDueRenewals(run: RenewalsRun, services: Needs): Promise<StartedRenewals> {
  const totals = { looked: 0, ordered: 0, failed: 0 };
  const due = { shelf: RENEWALS_SHELF, until: run.now };
  await eachDue<Certificate>(services.inventory, due, async (item) => {
    const outcome = await look(item, run, services);
    totals[outcome] += 1;
  });
  const { looked, ordered, failed } = totals;
  return { looked: looked + ordered + failed, ordered, failed };
}

/** One certificate that cannot be looked at must not keep the others waiting. */
async function look(
  item: Item<Certificate>,
  run: RenewalsRun,
  services: Needs,
): Promise<'looked' | 'ordered' | 'failed'> {
  try {
    return await lookAt(item, run, services);
  } catch (error) {
    if (problemCode(error) === 'item-changed') return 'looked';
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    services.log.error('certificate could not be looked at', { hostname: item.value.hostname, error: said });
    return 'failed';
  }
}

async function lookAt(item: Item<Certificate>, run: RenewalsRun, services: Needs): Promise<'looked' | 'ordered'> {
  const open = await findOpenOrder(item.value, services);
  if (open === undefined && [IMPORTED, OBSERVED].includes(item.value.authority)) return chase(item, run, services);
  if (isOverdue(validityOf(item.value), run.now)) await tell('renewal-overdue', item.value, open, services);
  if (open !== undefined) return lookAgain(item, item.value, run.now.getTime() + OPEN_ORDER_MS, services);

  const certificate = await askIfTime(item.value, run, services);
  const plan = planRenewal(certificate, run.now);
  if (plan.act === 'wait') return lookAgain(item, certificate, plan.lookAt.getTime(), services);
  if (plan.act === 'give-up') return giveUp(item, certificate, plan.why, run, services);
  const order = await acceptRenewal(certificate, await findReadyLeaf(certificate, run.now, services), services);
  // Ended, and never counted: whoever closed it died in between. The same order again would be no renewal.
  if (isClosed(order)) return lookAgain(item, withEnd(certificate, order, run.now), run.now.getTime(), services);
  const { rule, dueAt } = plan.decision;
  services.log.info('renewal ordered', {
    hostname: certificate.hostname,
    orderId: order.id,
    rule,
    dueAt: dueAt.toISOString(),
  });
  await lookAgain(item, { ...certificate, renewalOrderId: order.id }, run.now.getTime() + HOUR_MS, services);
  return 'ordered';
}

async function chase(item: Item<Certificate>, { now }: RenewalsRun, services: Needs): Promise<'looked'> {
  const { certificate, lookAt } = await chaseImported(item.value, now, services);
  if (lookAt !== undefined) return lookAgain(item, certificate, lookAt.getTime(), services);
  const message = `it was brought, ended ${certificate.notAfter}, and nobody brought another`;
  await services.inventory.replace(item, { ...certificate, problem: { code: 'renewal-given-up', message } });
  return 'looked';
}

/** Of whatever reason: as long as one is at work on the server, no other is ordered. */
async function findOpenOrder(
  { partner, hostname, renewalOrderId }: Certificate,
  { inventory }: Needs,
): Promise<Order | undefined> {
  const server = await inventory.find(serverKey(partner, hostname));
  for (const id of new Set([server?.value.openOrderId, renewalOrderId])) {
    const order = id === undefined ? undefined : await inventory.find(orderKey(partner, id));
    if (order !== undefined && !isClosed(order.value)) return order.value;
  }
  return undefined;
}

async function lookAgain(
  item: Item<Certificate>,
  certificate: Certificate,
  atMs: number,
  { inventory }: Needs,
): Promise<'looked'> {
  await inventory.replace(item, certificate, { due: { shelf: RENEWALS_SHELF, at: new Date(atMs) } });
  return 'looked';
}

/** An authority that cannot be asked leaves what it said before in force. */
async function askIfTime(
  certificate: Certificate,
  { now, random }: RenewalsRun,
  services: Needs,
): Promise<Certificate> {
  const { askAgainAt, authority, hostname, orderId, partner } = certificate;
  if (now < new Date(askAgainAt)) return certificate;
  const after = (ms: number) => new Date(now.getTime() + ms);
  try {
    const { value: work } = await getItem(services.inventory, acmeKey(partner, orderId));
    if (work.chainRef === undefined) throw new Problem('vault-item-missing', `order "${orderId}" has no chain`);
    const chainPem = Buffer.from(await services.vault.get(work.chainRef)).toString();
    const said = await services.renewalAdvice.find(authority, chainPem);
    const asked = withAdvice(certificate, said, {
      askAgainAt: after(said?.retryAfterMs ?? NO_ADVICE_MS),
      luck: random(),
    });
    services.log.info('renewal advice', { hostname, renewAt: asked.renewAt, askAgainAt: asked.askAgainAt });
    return asked;
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined) throw error;
    services.log.warn('authority gave no renewal advice', { hostname, code, problem: String(error) });
    return { ...certificate, askAgainAt: after(ASK_AGAIN_MS).toISOString() };
  }
}

/** Nobody told = not given up: it is looked at again. */
async function giveUp(
  item: Item<Certificate>,
  certificate: Certificate,
  why: string,
  { now }: RenewalsRun,
  services: Needs,
): Promise<'looked'> {
  const isTold = await tell('renewal-given-up', certificate, undefined, services);
  if (!isTold) return lookAgain(item, certificate, now.getTime() + HOUR_MS, services);
  const problem = { code: 'renewal-given-up', message: why } as const;
  await services.inventory.replace(item, { ...certificate, problem });
  services.log.error('renewal given up', { hostname: certificate.hostname, why });
  return 'looked';
}

/** A visit no workflow uses, so that the timeline shows who told. */
const SCHEDULE_VISIT = 9_999_998;

/** Once per order: the one at work, else the last that failed, else the one whose leaf is served. */
async function tell(
  notice: 'renewal-overdue' | 'renewal-given-up',
  certificate: Certificate,
  open: Order | undefined,
  services: Needs,
): Promise<boolean> {
  const { partner, lastFailure, notAfter } = certificate;
  const orderId = open?.id ?? lastFailure?.orderId ?? certificate.orderId;
  const held =
    lastFailure === undefined ? '' : `; the last renewal ended with ${lastFailure.code}: ${lastFailure.message}`;
  const at = open === undefined ? '' : `; order ${open.id} is ${open.state}`;
  const why = `the certificate served ends ${notAfter}${at}${held}`;
  const told = await sendNotice({ partner, orderId, visit: SCHEDULE_VISIT, notice, why }, services);
  return told.kind === 'done';
}
