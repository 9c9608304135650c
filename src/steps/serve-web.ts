// On a server without InfinityOne: makes the staged set the live one, has Apache reload gracefully, and proves it on the wire. Nothing is restarted.

import type { Order } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { judgeSighting } from '../domain/proof.ts';
import type { ActivationView, Appliance, WebCommands } from '../ports/appliances.ts';
import { describeServed, describeSighting } from './check-server.ts';
import { describeView, isAtRest, stagedFingerprint } from './drive-activation.ts';
import { findHold } from './holds.ts';
import { type ServerNeeds, withServer } from './open-server.ts';
import { changeItem, getItem, orderKey, serverKey } from './records.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes'>;

/** `isThere`: InfinityOne has appeared; the order goes on like every other. */
export interface WebServing {
  readonly isThere?: true;
}

const HOLD_MS = 60_000;
const HAND_BACK_MS = 1_000;
/** A reload needs no window; what has not happened by then does not happen. */
const WITHIN_MS = 3_600_000;

/**
 * The same script as for InfinityOne, with Apache as its service: exchanged, checked, reloaded, proven by the server and then by us, or put back. A
 * graceful reload ends no connection, so no window is agreed on; a hold counts all the same. The order then rests at `web-served`.
 */
export const serveWeb = step('serve-web', async (input: StepInput, services: Needs): Promise<Progress<WebServing>> => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const held = await findHold(order, services);
  if (held !== undefined) return waiting(`activations are on hold: ${held}`, HOLD_MS);
  const web = services.settings.profiles[order.request.connectionProfile]?.commands.web;
  if (web === undefined) throw new Problem('profile-unknown', 'without InfinityOne the profile needs commands.web');
  return withServer(order, services, async (appliance) => {
    if (await hasAppeared(order, appliance, services))
      return done({ isThere: true }, 'InfinityOne is there by now; nothing was touched, and a restart is agreed on');
    const view = await activate(order, web, appliance, services);
    if (!isAtRest(view)) return waiting(describeView(view), HAND_BACK_MS);
    if (view.phase === 'refused') throw new Problem('activation-refused', view.why ?? 'the server refuses');
    if (view.phase === 'down') throw new Problem('service-down', view.why ?? 'Apache does not come up');
    if (view.phase === 'restored')
      throw new Problem('activation-rolled-back', view.why ?? 'the old set is served again');
    return prove(order, web, view, { appliance, services });
  });
});

/** Before anything is touched: a running InfinityOne might read exchanged files by itself, outside of any window. */
async function hasAppeared(order: Order, appliance: Appliance, services: Needs): Promise<boolean> {
  const { hostname, sitePort } = order.request;
  const { activation } = await appliance.inspect();
  if (activation.activationId === activationId(order)) return false;
  const site = await seeInside({ name: hostname, port: sitePort }, appliance, services);
  return site.kind === 'served';
}

function activate(order: Order, web: WebCommands, appliance: Appliance, { clock }: Needs): Promise<ActivationView> {
  return appliance.activate({
    id: activationId(order),
    fingerprint: stagedFingerprint(order),
    name: order.request.hostname,
    sitePort: web.port,
    mayRestartUntil: new Date(clock.now().getTime() + WITHIN_MS),
    service: 'web',
  });
}

function activationId(order: Order): string {
  return `${order.id}-web`;
}

async function prove(
  order: Order,
  web: WebCommands,
  { phase }: ActivationView,
  { appliance, services }: { readonly appliance: Appliance; readonly services: Needs },
): Promise<Progress<WebServing>> {
  const { hostname } = order.request;
  const sighting = await seeInside({ name: hostname, port: web.port }, appliance, services);
  const look = judgeSighting(sighting, stagedFingerprint(order));
  if (look === 'unreachable') return waiting(`443: ${describeSighting(sighting)}`, HAND_BACK_MS);
  if (phase !== 'committed') {
    const verdict = look === 'right' ? 'commit' : 'restore';
    const view = await appliance.settle(activationId(order), verdict);
    if (verdict === 'restore') return waiting('443 serves another chain; the old set is on its way back', HAND_BACK_MS);
    if (view.phase !== 'committed') return waiting(describeView(view), HAND_BACK_MS);
  }
  const now = services.clock.now();
  const served = describeServed(sighting, 'inside', now);
  await changeItem(services.inventory, serverKey(order.partner, hostname), (server) => ({ ...server, web: served }));
  await changeItem(services.inventory, orderKey(order.partner, order.id), (kept) =>
    kept.webServedAt === undefined ? { ...kept, state: 'web-served' as const, webServedAt: now.toISOString() } : kept,
  );
  return done({}, `web administration ${describeSighting(sighting)}; InfinityOne is not there yet`);
}
