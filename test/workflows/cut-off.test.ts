// An order cut off at every place where a process can die: it ends as if nothing had happened, and does nothing twice.

import { afterEach, describe, expect, it } from 'vitest';
import { cutAfterEachStep, cutEverywhere, cutInsideEachStep } from '../../src/sandbox/engine/cut.ts';
import { cutting } from '../support/cutting.ts';
import { effectsOf, type OrderEffects } from '../support/order-effects.ts';
import { HOSTNAME, OrderWorld } from '../support/order-world.ts';

const ports = {
  opens: ['authorities.open', 'appliances.open'],
  through: ['authorities.ids', 'log.info', 'log.warn', 'log.error', 'clock.now', 'appliances.open.close'],
};

let world: OrderWorld;
afterEach(() => world.close());

describe('an order cut off between its steps', () => {
  it.each([
    { where: 'after each step', cut: cutAfterEachStep },
    { where: 'inside each step, between its effect and its note', cut: cutInsideEachStep },
    { where: 'everywhere', cut: cutEverywhere },
  ])('ends as without cuts when the run ends $where', async ({ cut }) => {
    world = await OrderWorld.open();
    const services = await world.begin(world.services(), cut());
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect(await endOf(id)).toEqual(expected);
  });
});

describe('an order cut off at any call that changes something', () => {
  it('ends as without cuts', { timeout: 120_000 }, async () => {
    const cuts = (await listCalls()).flatMap((call, i) => cutsAt(call).map((where) => ({ call, at: i + 1, where })));
    expect(cuts.length).toBeGreaterThan(80);
    for (const { call, at, where } of cuts) {
      const end = await runCutAt(at, where);
      expect({ call, at, where, ...end }).toEqual({ call, at, where, ...expected });
      await world.close();
    }
  });
});

/** A cut at a call that only reads is one after the change before it; a note in the inventory that is not written is one after that. */
function cutsAt(call: string): readonly ('before' | 'after')[] {
  if (/^inventory\.(?:add|replace|remove)$/.test(call)) return ['after'];
  return /\.(?:put|putOnce|add|remove|replaceAddress|place|answer|finalize|send|stage|activate|settle|start|wake|ensureAccount)$/.test(
    call,
  )
    ? ['before', 'after']
    : [];
}

const expected = {
  state: 'done',
  problem: undefined,
  effects: {
    finalize: 1,
    finalizedTwice: 0,
    sets: 1,
    restarts: 1,
    served: 'the leaf of the order',
    liveIsServed: true,
    mails: [
      'ana@northwind.test: Done: pbx.northwind.test serves its new certificate',
      'ana@northwind.test: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'ana@northwind.test: Reminder: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'ops@emetrotel.test: Done: pbx.northwind.test serves its new certificate',
      'ops@emetrotel.test: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'ops@emetrotel.test: Reminder: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
    ],
    txtLeft: [],
    address: ['203.0.113.10'],
  },
};

async function endOf(
  id: string,
): Promise<{ readonly state: string; readonly problem: unknown; readonly effects: OrderEffects }> {
  const order = await world.order(id);
  const effects = effectsOf(world, HOSTNAME);
  const served = effects.served === order.fingerprint ? 'the leaf of the order' : effects.served;
  return { state: order.state, problem: order.problem, effects: { ...effects, served } };
}

async function listCalls(): Promise<readonly string[]> {
  world = await OrderWorld.open();
  const run = cutting(world.services(), { at: Number.POSITIVE_INFINITY, where: 'before', ...ports });
  await world.begin(run.services);
  const { id } = await world.place(run.services);
  await world.runToEnd(id);
  await world.close();
  return run.calls();
}

/** The process dies at the call; another begins over what is left, and the caller, who got no answer, asks again. */
async function runCutAt(at: number, where: 'before' | 'after') {
  world = await OrderWorld.open();
  const run = cutting(world.services(), { at, where, ...ports });
  let isCut = false;
  const cut = run.whenCut.then(() => {
    isCut = true;
  });
  await world.begin(run.services);
  await Promise.race([cut, world.place(run.services)]);
  await Promise.race([cut, world.run(() => isCut)]);
  await world.kill();

  const services = await world.begin();
  const { id } = await world.place(services);
  await world.sweep(services);
  await world.runToEnd(id);
  return endOf(id);
}
