// The schedule of probes: what every server serves to a phone, once a day; what others have installed is found, kept, and chased.

import type { Certificate } from '../domain/certificate.ts';
import { isClosed, OBSERVED, type Order } from '../domain/order.ts';
import { longestWaitMs } from '../domain/policy-judgement.ts';
import { problemCode } from '../domain/problem.ts';
import type { Server } from '../domain/server.ts';
import type { Item } from '../ports/inventory.ts';
import type { ServedChain } from '../ports/probes.ts';
import { describeServed } from '../steps/check-server.ts';
import { certificateKey, changeItem, getItem, orderKey, RENEWALS_SHELF, serverKey } from '../steps/records.ts';
import { sendNotice } from '../steps/send-notice.ts';
import { PROBE_EVERY_MS, type ServerWatch, WATCH_SHELF } from '../steps/server-watches.ts';
import type { Services } from '../steps/services.ts';
import { eachDue } from './due-items.ts';

type Needs = Pick<Services, 'inventory' | 'probes' | 'mail' | 'clock' | 'linkKeys' | 'log' | 'settings'>;

/** A visit no workflow uses. */
const PROBE_VISIT = 9_999_992;

/** Must not run behind the address that servers allow: it sees what a phone sees. One server that cannot be looked at keeps no other waiting. */
export async function probeFleet(
  now: Date,
  services: Needs,
): Promise<{ readonly probed: number; readonly observed: number }> {
  const totals = { probed: 0, observed: 0 };
  await eachDue<ServerWatch>(services.inventory, { shelf: WATCH_SHELF, until: now }, async (item) => {
    try {
      if (await look(item.value, services)) totals.observed += 1;
      totals.probed += 1;
      await services.inventory.replace(item, item.value, {
        due: { shelf: WATCH_SHELF, at: new Date(now.getTime() + PROBE_EVERY_MS) },
      });
    } catch (error) {
      if (problemCode(error) === 'item-changed') return;
      services.log.error('server could not be probed', { hostname: item.value.hostname, error: String(error) });
    }
  });
  return totals;
}

/** True when something was seen that nobody had told us of. While an order is at work, what is served is its business. */
async function look({ partner, hostname, orderId }: ServerWatch, services: Needs): Promise<boolean> {
  const { inventory, probes, clock } = services;
  const { value: server } = await getItem(inventory, serverKey(partner, hostname));
  const { value: order } = await getItem(inventory, orderKey(partner, orderId));
  if (!isClosed(order)) return false;
  const sighting = await probes.outside({ name: hostname, port: server.sitePort });
  const served = describeServed(sighting, 'outside', clock.now());
  if (sighting.kind !== 'served' || served === undefined) return false;
  await changeItem(inventory, serverKey(partner, hostname), (now) => ({ ...now, served }));
  const known = await inventory.find(certificateKey(partner, hostname));
  if (known?.value.fingerprint === served.fingerprint || !served.trusted) return false;
  if (known !== undefined && known.value.authority !== OBSERVED) {
    await tellDrift({ server, order, served: sighting.served }, known.value, services);
    return true;
  }
  await observe({ server, order, served: sighting.served }, known, services);
  return true;
}

interface Seen {
  readonly server: Server;
  readonly order: Order;
  readonly served: ServedChain;
}

/** Nobody's renewals are stopped because a stranger's leaf was seen once: a person looks. Once for each leaf. */
async function tellDrift({ server, order, served }: Seen, ours: Certificate, services: Needs): Promise<void> {
  const number = Number.parseInt(served.fingerprint.slice(0, 8), 16);
  const why = `seen from outside: ${served.fingerprint} by ${served.issuer}, until ${served.notAfter.toISOString()}; ours is ${ours.fingerprint}`;
  await sendNotice(
    { partner: server.partner, orderId: order.id, visit: PROBE_VISIT, notice: 'other-served', number, why },
    services,
  );
}

/** From now on people are asked for the next one, as for one that was brought. */
async function observe(
  { server, order, served }: Seen,
  known: Item<Certificate> | undefined,
  { inventory, clock, log }: Needs,
): Promise<void> {
  const certificate: Certificate = {
    ...{ partner: server.partner, hostname: server.hostname, orderId: order.id, authority: OBSERVED, failures: 0 },
    fingerprint: served.fingerprint,
    notBefore: served.notBefore.toISOString(),
    notAfter: served.notAfter.toISOString(),
    restartLeadMs: longestWaitMs(order.request.windowPolicy, clock.now()),
    askAgainAt: clock.now().toISOString(),
  };
  const marks = { due: { shelf: RENEWALS_SHELF, at: clock.now() } };
  if (known === undefined) await inventory.add(certificateKey(server.partner, server.hostname), certificate, marks);
  else await inventory.replace(known, certificate, marks);
  log.info('certificate of others observed', { hostname: server.hostname, fingerprint: served.fingerprint });
}
