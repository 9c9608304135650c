// Proves on the wire what is served, from inside and from outside, and gives the server its commit mark or has it restore the old set.

import type { Order } from '../domain/order.ts';
import { decideProof, judgeSighting, remarkOnWeb } from '../domain/proof.ts';
import type { ActivationView, Appliance } from '../ports/appliances.ts';
import type { Sighting } from '../ports/probes.ts';
import { describeServed, describeSighting } from './check-server.ts';
import { activationOf, describeView, isAtRest, stagedFingerprint, wantsHandBack } from './drive-activation.ts';
import { type ServerNeeds, withServer } from './open-server.ts';
import { activationKey, appointmentKey, changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { AppointmentInput } from './review-appointment.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, type Progress, step, waiting } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes'>;

export interface Settled {
  /**
   * `undone`: cut off or too late before any restart; the old set is served, and another window may be agreed on. `by-hand-back`: the old files are back, and
   * somebody has to restart InfinityOne once more before they are served.
   */
  readonly outcome: 'served' | 'rolled-back' | 'undone' | 'refused' | 'down' | 'by-hand-back';
  /** For our own people, when there is something they must look at. */
  readonly tellOps: string | undefined;
  readonly why: string | undefined;
  /** For our own people, about Apache on the same files. Absent = all is well with it, or it is left alone. */
  readonly tellWeb?: string | undefined;
}

const HAND_BACK_MS = 1_000;

const WEB_PAUSES_MS = [200, 500, 1_000];

/** Phones need the outside; it is asked this often before it counts as unreachable or wrong. */
const OUTSIDE_PAUSES_MS = [0, 500, 1_000];

export const settleActivation = step(
  'settle-activation',
  async (input: AppointmentInput, services: Needs): Promise<Progress<Settled>> => {
    const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
    const fingerprint = stagedFingerprint(order);
    return withServer(order, services, async (appliance) => {
      const view = await appliance.activate(await activationOf(input, order, services));
      if (wantsHandBack(view)) return done(settled('by-hand-back', view), HAND_BACK);
      if (!isAtRest(view)) return waiting(describeView(view), HAND_BACK_MS);
      if (view.phase === 'refused') return done(settled('refused', view), describeView(view));
      if (view.phase === 'down') return done(settled('down', view), describeView(view));
      if (view.phase === 'restored' && !view.restarted) return undone(input, view, services);
      if (view.phase === 'restored') {
        await noteRolledBack(input, view, services);
        return provenBack(order, view, appliance, services);
      }
      return prove(input, order, fingerprint, appliance, services);
    });
  },
);

const HAND_BACK = 'the old files are back; waits for somebody to restart InfinityOne by hand once more';

async function prove(
  input: AppointmentInput,
  order: Order,
  fingerprint: string,
  appliance: Appliance,
  services: Needs,
): Promise<Progress<Settled>> {
  const { value: before } = await getItem(
    services.inventory,
    activationKey(input.partner, input.orderId, input.appointmentId),
  );
  const inside = await lookInside(order, appliance, services);
  const outside = await lookOutside(order, fingerprint, services);
  const decision = decideProof({
    inside: judgeSighting(inside, fingerprint),
    outside: judgeSighting(outside, fingerprint),
    outsideBefore: before.outsideBefore,
  });
  if (decision.verdict === 'look-again') return waiting(decision.tellOps, HAND_BACK_MS);

  const view = await appliance.settle(input.appointmentId, decision.verdict);
  if (decision.verdict === 'restore')
    return waiting(`${decision.tellOps}; the old set is on its way back`, HAND_BACK_MS);
  if (view.phase !== 'committed') return waiting(describeView(view), HAND_BACK_MS);
  await keepServed(order, inside, services);
  const web = await lookAtWeb(order, appliance, services);
  const remark = web && remarkOnWeb(web, fingerprint, view.web);
  const seen = [
    `inside ${describeSighting(inside)}`,
    `outside ${describeSighting(outside)}`,
    ...(web === undefined ? [] : [`web administration ${describeSighting(web)}`]),
  ].join('; ');
  return done(
    {
      outcome: 'served',
      tellOps: decision.tellOps,
      why: undefined,
      ...(remark === undefined ? {} : { tellWeb: remark }),
    },
    `${fingerprint.slice(0, 16)}… ${seen}`,
  );
}

/** The second endpoint, as the server itself sees it: customers do not forward it. Undefined where the profile leaves Apache alone. */
async function lookAtWeb(order: Order, appliance: Appliance, services: Needs): Promise<Sighting | undefined> {
  const { hostname, connectionProfile } = order.request;
  const web = services.settings.profiles[connectionProfile]?.commands.web;
  if (web === undefined) return undefined;
  let sighting = await lookOnce();
  // graceful: the workers of before answer for a moment
  for (const pauseMs of WEB_PAUSES_MS) {
    if (sighting.kind === 'served' && sighting.served.fingerprint === order.fingerprint) break;
    await services.clock.sleep(pauseMs);
    sighting = await lookOnce();
  }
  const served = describeServed(sighting, 'inside', services.clock.now());
  if (served !== undefined)
    await changeItem(services.inventory, serverKey(order.partner, hostname), (server) => ({ ...server, web: served }));
  return sighting;

  function lookOnce(): Promise<Sighting> {
    const { port } = web ?? { port: 0 };
    return seeInside({ name: hostname, port }, appliance, services);
  }
}

async function undone(input: AppointmentInput, view: ActivationView, { inventory }: Needs): Promise<Progress<Settled>> {
  const why = view.why ?? 'cut off before the restart';
  await changeItem(inventory, appointmentKey(input.partner, input.appointmentId), (now) =>
    now.state === 'missed' ? now : { ...now, state: 'missed' as const, why },
  );
  return done({ ...settled('undone', view), why }, `${describeView(view)}; no restart was begun`);
}

async function noteRolledBack(input: AppointmentInput, { why }: ActivationView, { inventory }: Needs): Promise<void> {
  await changeItem(inventory, appointmentKey(input.partner, input.appointmentId), (now) =>
    now.state === 'rolled-back' ? now : { ...now, state: 'rolled-back' as const, why: why ?? now.why },
  );
}

async function provenBack(
  order: Order,
  view: ActivationView,
  appliance: Appliance,
  services: Needs,
): Promise<Progress<Settled>> {
  const inside = await lookInside(order, appliance, services);
  await keepServed(order, inside, services);
  return done(settled('rolled-back', view), `${describeView(view)}; inside ${describeSighting(inside)}`);
}

function settled(outcome: Settled['outcome'], view: ActivationView): Settled {
  return { outcome, tellOps: undefined, why: view.why };
}

function lookInside(order: Order, appliance: Appliance, services: Needs): Promise<Sighting> {
  return seeInside({ name: order.request.hostname, port: order.request.sitePort }, appliance, services);
}

async function lookOutside(order: Order, fingerprint: string, { probes, clock }: Needs): Promise<Sighting> {
  let sighting: Sighting = { kind: 'unreachable', why: 'not asked' };
  for (const pauseMs of OUTSIDE_PAUSES_MS) {
    await clock.sleep(pauseMs);
    sighting = await probes.outside({ name: order.request.hostname, port: order.request.sitePort });
    if (judgeSighting(sighting, fingerprint) === 'right') return sighting;
  }
  return sighting;
}

async function keepServed(order: Order, inside: Sighting, { inventory, clock }: Needs): Promise<void> {
  const served = describeServed(inside, 'inside', clock.now());
  if (served === undefined) return;
  await changeItem(inventory, serverKey(order.partner, order.request.hostname), (server) => ({ ...server, served }));
}
