// The rotation of an SSH key cut off at every place where a process can die: no server is left that does not let in the key it is noted with.

import { afterEach, describe, expect, it } from 'vitest';
import { cutAfterEachStep, cutEverywhere, cutInsideEachStep } from '../../src/sandbox/engine/cut.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptRotation } from '../../src/workflows/rotate-ssh-key.ts';
import { cutting } from '../support/cutting.ts';
import { type FleetServer, furnishFleet, guarded, kept, lineFor, sshKeys } from '../support/key-fleet.ts';
import { FIRST_SSH_KEY, OrderWorld, PARTNER } from '../support/order-world.ts';

const ports = {
  opens: ['serverKeys.open'],
  through: [
    'serverKeys.publicHalf',
    'serverKeys.open.close',
    'log.info',
    'log.warn',
    'log.error',
    'clock.now',
    'authorities.ids',
  ],
};

let world: OrderWorld;
let fleet: readonly FleetServer[];
afterEach(() => world.close());

async function open(): Promise<void> {
  world = await OrderWorld.open();
  fleet = await furnishFleet(world, 2);
}

const rotate = (services: Services) => acceptRotation(PARTNER, { replaces: 1 }, services);
const isOver = async () => (await sshKeys(world)).rotation?.endedAt !== undefined;

/** What is noted is let in, whatever else is: the next connection is never refused. */
async function expectOpen(): Promise<void> {
  const { keys } = await sshKeys(world);
  for (const { hostname, address } of fleet) {
    const { sshKeyId } = await kept(world, hostname);
    const publicKey =
      sshKeyId === undefined
        ? world.serverKeys.publicHalf(FIRST_SSH_KEY)
        : (keys.find(({ keyId }) => keyId === sshKeyId)?.publicKey ?? 'none');
    expect(world.serverKeys.lines(address)).toContain(lineFor(world, hostname, publicKey));
  }
}

async function expectEnd(): Promise<void> {
  const { keys, rotation } = await sshKeys(world);
  expect(rotation).toMatchObject({ generation: 2, left: 0 });
  expect(keys.map(({ generation }) => generation)).toEqual([2]);
  const [key] = keys;
  for (const { hostname, address } of fleet) {
    expect(world.serverKeys.lines(address)).toEqual([lineFor(world, hostname, key?.publicKey ?? '')]);
    expect(await kept(world, hostname)).toMatchObject({ sshKeyId: key?.keyId });
    expect(world.serverKeys.count(address, 'refusals')).toBe(0);
  }
}

describe('a rotation cut off between its steps', () => {
  it.each([
    { where: 'after each step', cut: cutAfterEachStep },
    { where: 'inside each step, between its effect and its note', cut: cutInsideEachStep },
    { where: 'everywhere', cut: cutEverywhere },
  ])('ends as without cuts when the run ends $where', async ({ cut }) => {
    await open();
    const services = await world.begin(guarded(world), cut());
    await rotate(services);
    await world.run(async () => {
      await expectOpen();
      return await isOver();
    });
    await expectEnd();
  });
});

describe('a rotation cut off at any call of a port', () => {
  it('leaves every server open to the key it is noted with, and ends as without cuts', {
    timeout: 120_000,
  }, async () => {
    await open();
    const counted = cutting(guarded(world), { at: Number.POSITIVE_INFINITY, where: 'after', ...ports });
    await rotate(await world.begin(counted.services));
    await world.run(isOver);
    await expectEnd();
    const calls = counted.calls();
    expect(calls.filter((call) => /\.(?:admit|retire)$/.test(call))).toHaveLength(4);
    await world.close();
    for (const [i, call] of calls.entries()) {
      for (const where of cutsAt(call)) {
        await open();
        const run = cutting(guarded(world), { at: i + 1, where, ...ports });
        let isCut = false;
        const cut = run.whenCut.then(() => {
          isCut = true;
        });
        await world.begin(run.services);
        await Promise.race([cut, rotate(run.services)]);
        await Promise.race([cut, world.run(() => isCut)]);
        await world.kill();
        await expectOpen();
        await rotate(await world.begin(guarded(world)));
        await world.run(isOver);
        await expectEnd();
        await world.close();
      }
    }
  });
});

/** A cut at a call that only reads is one after the change before it; one before a note is one after what it notes. */
function cutsAt(call: string): readonly ('before' | 'after')[] {
  return /\.(?:add|replace|putOnce|admit|retire|open|start)$/.test(call) ? ['before', 'after'] : [];
}
