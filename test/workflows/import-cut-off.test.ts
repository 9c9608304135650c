// A certificate that was brought, cut off at every call that changes something: it is served once, its key kept once, nobody told twice.

import { afterEach, expect, it } from 'vitest';
import { cutAfterEachStep, cutInsideEachStep } from '../../src/sandbox/engine/cut.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptImport } from '../../src/workflows/accept-import.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { type Bought, buy } from '../support/bought-certificates.ts';
import { cutting } from '../support/cutting.ts';
import { effectsOf } from '../support/order-effects.ts';
import { HOSTNAME, OrderWorld, PARTNER, request } from '../support/order-world.ts';

const ports = {
  opens: ['appliances.open'],
  through: ['log.info', 'log.warn', 'log.error', 'clock.now', 'appliances.open.close', 'certificateFiles.read'],
};

let world: OrderWorld;
let bought: Bought;
afterEach(() => world.close());

async function open(): Promise<void> {
  world = await OrderWorld.open();
  bought = buy([HOSTNAME], new Date());
}

/** Phones here trust the authority it was bought from. */
function services(): Services {
  const usual = world.services();
  return { ...usual, settings: { ...usual.settings, roots: [...usual.settings.roots, IMPORT_ROOT.pem] } };
}

async function bring(at: Services): Promise<string> {
  const { leaf, intermediate, keyPem } = bought;
  const files = [leaf.pem, intermediate.pem, keyPem].map((pem, i) => ({ name: `f${i}`, bytes: Buffer.from(pem) }));
  return (await acceptImport(PARTNER, 'k1', { request, upload: { files, passwords: [] } }, at)).order.id;
}

async function endOf(id: string) {
  const order = await world.order(id);
  const { finalize, sets, restarts, served, liveIsServed, mails } = effectsOf(world, HOSTNAME);
  const isServed = served === order.fingerprint;
  return {
    state: order.state,
    problem: order.problem,
    finalize,
    sets,
    restarts,
    isServed,
    liveIsServed,
    mails: mails.length,
  };
}

const expected = {
  state: 'done',
  problem: undefined,
  finalize: 0,
  sets: 1,
  restarts: 1,
  isServed: true,
  liveIsServed: true,
  mails: 6,
};

it.each([
  { where: 'after each step', cut: cutAfterEachStep },
  { where: 'inside each step', cut: cutInsideEachStep },
])('ends as without cuts when the run ends $where', async ({ cut }) => {
  await open();
  const at = await world.begin(services(), cut());
  const id = await bring(at);
  await world.runToEnd(id);
  expect(await endOf(id)).toEqual(expected);
});

it('ends as without cuts when the process dies at any call that changes something', { timeout: 120_000 }, async () => {
  const changes = /\.(?:put|putOnce|add|replace|remove|send|stage|activate|settle|start|wake)$/;
  await open();
  const traced = cutting(services(), { at: Number.POSITIVE_INFINITY, where: 'before', ...ports });
  await world.begin(traced.services);
  await world.runToEnd(await bring(traced.services));
  await world.close();
  const cuts = traced.calls().flatMap((call, i) => (changes.test(call) ? [{ call, at: i + 1 }] : []));
  expect(cuts.length).toBeGreaterThan(40);
  expect(cuts.map(({ call }) => call)).toContain('vault.putOnce');
  for (const { call, at } of cuts) {
    await open();
    const run = cutting(services(), { at, where: 'after', ...ports });
    let isCut = false;
    const cut = run.whenCut.then(() => {
      isCut = true;
    });
    await world.begin(run.services);
    await Promise.race([cut, bring(run.services)]);
    await Promise.race([cut, world.run(() => isCut)]);
    await world.kill();
    const after = await world.begin(services());
    const id = await bring(after);
    await world.sweep(after);
    await world.runToEnd(id);
    expect({ call, at, ...(await endOf(id)) }).toEqual({ call, at, ...expected });
    await world.close();
  }
});
