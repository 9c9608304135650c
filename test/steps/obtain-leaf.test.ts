// The three steps that obtain a leaf, one by one: how often the authority is asked, and what a record of an earlier day or a cut leaves behind.

import { beforeEach, describe, expect, it } from 'vitest';
import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';
import { MemoryAuthority } from '../../src/adapters/memory/memory-authority.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { MemoryZones } from '../../src/adapters/memory/memory-zones.ts';
import type { Order } from '../../src/domain/order.ts';
import { answerChallenges } from '../../src/steps/answer-challenges.ts';
import { finalizeAcmeOrder } from '../../src/steps/finalize-acme-order.ts';
import { placeAcmeOrder } from '../../src/steps/place-acme-order.ts';
import { type AcmeWork, acmeKey, changeItem, getItem, orderKey, timelineKey } from '../../src/steps/records.ts';
import { cutting } from '../support/cutting.ts';
import { HOSTNAME, PARTNER, profile, request } from '../support/order-world.ts';

const ports = {
  opens: ['authorities.open'],
  through: ['authorities.ids', 'log.info', 'log.warn', 'log.error', 'clock.now'],
};

const input = { partner: PARTNER, orderId: 'o1', visit: 1 };

const order: Order = {
  id: 'o1',
  partner: PARTNER,
  idempotencyKey: 'k1',
  requestHash: '',
  request: { ...request, alternativeNames: ['www.northwind.test'] },
  reason: 'renew',
  replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
  state: 'working',
  createdAt: '2027-01-11T15:00:00.000Z',
  warnings: [],
};

describe('the steps that obtain a leaf', () => {
  let authority: MemoryAuthority;
  let services: Awaited<ReturnType<typeof start>>;

  async function start() {
    const zones = new MemoryZones(['northwind.test']);
    authority = await MemoryAuthority.make({ txtValues: (name) => zones.valuesAt(name, 'TXT') });
    const inventory = new MemoryInventory();
    await inventory.add(orderKey(PARTNER, order.id), order);
    return {
      inventory,
      vault: new MemoryVault(),
      zones,
      authorities: authority,
      keyPairs: new CryptoKeyPairs(),
      log: new MemoryLog(),
      clock: { now: () => new Date(), sleep: () => Promise.resolve() },
      settings: {
        profiles: { 'ucx-ssh': profile },
        roots: [authority.rootPem],
        opsAddresses: [],
        grants: {},
        mailDomain: 'certificates.emetrotel.test',
        mailAddress: 'certificates@emetrotel.test',
        linkBase: 'https://certificates.emetrotel.test',
      },
    };
  }

  const change = (to: (work: AcmeWork) => AcmeWork) =>
    changeItem(services.inventory, acmeKey(PARTNER, order.id), (work) => to(work));
  const steps = {
    place: (with_ = services) => placeAcmeOrder({ ...input, round: 1 }, with_),
    answer: (with_ = services) => answerChallenges(input, with_),
    finalize: (with_ = services) => finalizeAcmeOrder(input, with_),
  };
  /** What the authority is asked for in the step. */
  const asked = async (step: keyof typeof steps) => {
    const run = cutting(services, { at: Number.POSITIVE_INFINITY, where: 'before', ...ports });
    const { kind } = await steps[step](run.services);
    expect(kind).toBe('done');
    return run.calls().flatMap((call) => /^authorities\.open\.(.*)$/.exec(call)?.[1] ?? []);
  };
  const ready = async () => {
    expect((await steps.place()).kind).toBe('done');
    expect((await steps.answer()).kind).toBe('done');
  };

  beforeEach(async () => {
    services = await start();
  });

  it('ask for no more than is needed: the order is kept whole and never read before the CSR is sent', async () => {
    authority.turn({ processingReads: 1 });
    expect(await asked('place')).toEqual(['ensureAccount', 'place']);
    expect(await asked('answer')).toEqual(['readChallenges', 'answer', 'answer', 'readOrder']);
    expect(await asked('finalize')).toEqual(['finalize', 'readOrder', 'download']);
  });

  it('order all the names, and say which leaf is replaced', async () => {
    await ready();
    const { value: work } = await getItem(services.inventory, acmeKey(PARTNER, order.id));
    expect(work.names).toEqual([HOSTNAME, 'www.northwind.test']);
    expect(authority.replaced()).toEqual([order.replaces]);
  });

  it('go on with a record that holds the URL of the acmeOrder alone', async () => {
    expect((await steps.place()).kind).toBe('done');
    await change(({ finalizeUrl: _, authorizationUrls: __, ...work }) => work);
    expect((await asked('answer')).slice(0, 2)).toEqual(['readOrder', 'readChallenges']);
    expect((await asked('finalize')).slice(0, 2)).toEqual(['readOrder', 'finalize']);
    expect(authority.count('finalize')).toBe(1);
  });

  it.each([
    { where: 'before', call: 'inventory.replace', sent: ['finalize'] },
    { where: 'after', call: 'inventory.replace', sent: ['readOrder', 'finalize'] },
    { where: 'before', call: 'authorities.open.finalize', sent: ['readOrder', 'finalize'] },
    { where: 'after', call: 'authorities.open.finalize', sent: ['readOrder'] },
    { where: 'after', call: 'authorities.open.readOrder', sent: ['readOrder'] },
    { where: 'after', call: 'authorities.open.download', sent: ['readOrder'] },
  ] as const)('finalize once when cut $where $call, and ask before they send again', async ({ where, call, sent }) => {
    // The calls of a step are the same in every world: the number of the one to cut at is found in another.
    await ready();
    const probe = cutting(services, { at: Number.POSITIVE_INFINITY, where, ...ports });
    await steps.finalize(probe.services);
    const at = probe.calls().indexOf(call) + 1;
    expect(at).toBeGreaterThan(0);

    services = await start();
    await ready();
    const run = cutting(services, { at, where, ...ports });
    void steps.finalize(run.services);
    expect(await run.whenCut).toEqual({ call });
    expect((await asked('finalize')).slice(0, sent.length)).toEqual(sent);
    expect([...authority.finalizeCounts().values()]).toEqual([1]);
  });

  it('finalize no order twice that two executions finalize at the same moment', async () => {
    await ready();
    const results = await Promise.all([steps.finalize(), steps.finalize()]);
    expect(results.map(({ kind }) => kind).toSorted()).toContain('done');
    expect([...authority.finalizeCounts().values()]).toEqual([1]);
  });

  it('say what the authority said in its challenges of an order that went invalid', async () => {
    expect((await steps.place()).kind).toBe('done');
    authority.turn({ refuse: { code: 'ca-caa-forbids', detail: 'caa: not you' } });
    expect(await steps.answer()).toMatchObject({
      kind: 'problem',
      problem: { code: 'ca-caa-forbids', message: expect.stringContaining('caa: not you') },
    });
  });

  it('hand a long wait back, and take it up where it was', async () => {
    await ready();
    authority.turn({ processingReads: 100 });
    expect(await steps.finalize()).toMatchObject({ kind: 'waiting' });
    authority.turn({ processingReads: 0 });
    for (let visit = 0; visit < 20 && (await steps.finalize()).kind === 'waiting'; visit += 1);
    expect([...authority.finalizeCounts().values()]).toEqual([1]);
    const done = await services.inventory.find(timelineKey(PARTNER, order.id, 'finalize-acme-order', 1));
    expect(done?.value).toMatchObject({ state: 'done', attempts: expect.any(Number) });
  });
});
