// The standby of a high-availability pair, before the node that carries the calls is touched: activated, proven inside, committed or put back.

import type { Order } from '../domain/order.ts';
import { judgeSighting } from '../domain/proof.ts';
import { describeSighting } from './check-server.ts';
import { activationOf, describeView, isAtRest, stagedFingerprint } from './drive-activation.ts';
import { type ServerNeeds, standbyOf, withServer } from './open-server.ts';
import type { AppointmentInput } from './review-appointment.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';

type Needs = ServerNeeds & Pick<Services, 'probes'>;

/** `failed`: the standby has its old set, or none; the other node was not touched. */
export type StandbyView =
  | { readonly kind: 'served' }
  | { readonly kind: 'at-work'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** Asked as often as one likes: the same activation on it is begun once. What it has proven it keeps, whatever becomes of the other node. */
export async function activateStandby(input: AppointmentInput, order: Order, services: Needs): Promise<StandbyView> {
  const activation = await activationOf(input, order, services);
  const id = `${activation.id}-standby`;
  return withServer(standbyOf(order), services, async (appliance) => {
    const view = await appliance.activate({ ...activation, id });
    if (!isAtRest(view)) return { kind: 'at-work', why: `standby, ${describeView(view)}` };
    if (view.phase === 'committed') return { kind: 'served' };
    if (view.phase !== 'awaiting-commit') return { kind: 'failed', why: `standby, ${describeView(view)}` };
    const sighting = await seeInside({ name: activation.name, port: activation.sitePort }, appliance, services);
    const look = judgeSighting(sighting, stagedFingerprint(order));
    if (look === 'unreachable') return { kind: 'at-work', why: `standby, ${describeSighting(sighting)}` };
    const settled = await appliance.settle(id, look === 'right' ? 'commit' : 'restore');
    if (look === 'right' && settled.phase === 'committed') return { kind: 'served' };
    return { kind: 'at-work', why: `standby, ${describeView(settled)}` };
  });
}
