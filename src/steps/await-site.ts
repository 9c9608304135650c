// Looks whether InfinityOne has appeared on a server whose web administration serves the certificate already, and what it serves.

import { decideSitePatience, SITE_DEADLINE_MS } from '../domain/awaiting-site.ts';
import { isClosed, type Order } from '../domain/order.ts';
import { adviceFor, problemCode } from '../domain/problem.ts';
import { judgeSighting } from '../domain/proof.ts';
import type { Sighting } from '../ports/probes.ts';
import { describeServed, describeSighting } from './check-server.ts';
import { stagedFingerprint } from './drive-activation.ts';
import { type ServerNeeds, withServer } from './open-server.ts';
import { certificateKey, changeItem, getItem, orderKey, serverKey } from './records.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes'>;

/** `served`: it read our files at its start and serves the leaf. `other`: it serves something else, and needs a restart. */
export interface AwaitedSite {
  readonly next: 'served' | 'other' | 'given-up' | 'closed';
}

const DAY_MS = 24 * 3_600_000;

export const awaitSite = step(
  'await-site',
  async (input: StepInput, services: Needs): Promise<Progress<AwaitedSite>> => {
    const { inventory, clock } = services;
    const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
    if (isClosed(order)) return done({ next: 'closed' }, 'the order was cancelled');
    const { hostname, sitePort } = order.request;
    const sighting = await look(order, services);
    if (sighting.kind === 'served') {
      const served = describeServed(sighting, 'inside', clock.now());
      await changeItem(inventory, serverKey(order.partner, hostname), (server) => ({ ...server, served }));
      const next = judgeSighting(sighting, stagedFingerprint(order)) === 'right' ? 'served' : 'other';
      if (next === 'other') await changeItem(inventory, orderKey(order.partner, order.id), atWork);
      return done({ next }, `InfinityOne is there: ${describeSighting(sighting)}`);
    }
    const { value: certificate } = await getItem(inventory, certificateKey(order.partner, hostname));
    const since = new Date(order.webServedAt ?? order.createdAt);
    const validity = { notBefore: new Date(certificate.notBefore), notAfter: new Date(certificate.notAfter) };
    const patience = decideSitePatience(since, validity, clock.now());
    if (patience.act === 'wait') return waiting(`nothing answers on site port ${sitePort} yet`, patience.waitMs);
    const warning = `InfinityOne had not appeared on site port ${sitePort} when this order ended; the web administration serves the certificate`;
    await changeItem(inventory, orderKey(order.partner, order.id), (kept) =>
      kept.warnings.includes(warning) ? kept : { ...kept, warnings: [...kept.warnings, warning] },
    );
    return done({ next: 'given-up' }, `${warning} (at most ${SITE_DEADLINE_MS / DAY_MS} days are waited)`);
  },
);

/** A server that is away while it is waited for is looked at again like one without InfinityOne: weeks of it must not use up the execution. */
async function look(order: Order, services: Needs): Promise<Sighting> {
  const endpoint = { name: order.request.hostname, port: order.request.sitePort };
  try {
    return await withServer(order, services, (appliance) => seeInside(endpoint, appliance, services));
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined || adviceFor(code).retry === 'never') throw error;
    return { kind: 'unreachable', why: code };
  }
}

function atWork(order: Order): Order {
  return order.state === 'web-served' ? { ...order, state: 'working' } : order;
}
