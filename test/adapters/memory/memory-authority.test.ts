// MemoryAuthority keeps the contract, and its dials do what workflow tests turn them for.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCsr } from '../../../src/adapters/acme/csr.ts';
import { MemoryAuthority } from '../../../src/adapters/memory/memory-authority.ts';
import { authorityContract } from '../../contracts/authority.ts';
import { newAccountKey, newName, OrderDriver } from '../../support/order-driver.ts';

async function start() {
  const held = new Map<string, readonly string[]>();
  const memory = await MemoryAuthority.make({ txtValues: (name) => held.get(name) ?? [] });
  const setTxt = (name: string, values: readonly string[]) => void held.set(name, values);
  const orders = new OrderDriver(
    { setTxt },
    await memory.open('memory', { key: newAccountKey(), accountUrl: undefined }),
  );
  return { memory, setTxt, orders };
}

const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

describe('MemoryAuthority', () => {
  authorityContract(async () => {
    const { memory, setTxt } = await start();
    const { rootPem } = memory;
    const caaIdentities = ['memory.test'];
    return { authorities: memory, authorityId: 'memory', setTxt, rootPem, caaIdentities, close: async () => undefined };
  });

  it('counts what reached it, and finalizing by order', async () => {
    const { memory, orders } = await start();
    const { orderUrl } = await orders.obtain([newName()], leafKey);
    await orders.obtain([newName()], leafKey);
    expect([memory.count('newAccount'), memory.count('newOrder'), memory.count('finalize')]).toEqual([1, 2, 2]);
    expect(memory.finalizeCounts().get(orderUrl)).toBe(1);
  });

  it('takes a proven name as proven when it is turned so', async () => {
    const { memory, orders } = await start();
    memory.turn({ reuseAuthorizations: true });
    const name = newName();
    await orders.obtain([name], leafKey);
    const placed = await orders.authority.place({ names: [name] });
    expect(await orders.authority.readOrder(placed.orderUrl)).toMatchObject({ status: 'ready' });
    expect(await orders.authority.readChallenges(placed)).toMatchObject({ status: 'proven', openChallenges: [] });
  });

  it('validates and issues after as many looks as it is turned to', async () => {
    const { memory, orders } = await start();
    memory.turn({ validatingReads: 2, processingReads: 2 });
    const names = [newName()];
    const placed = await orders.authority.place({ names });
    const [challenge] = (await orders.authority.readChallenges(placed)).openChallenges;
    expect((await orders.prove(placed)).status).toBe('ready');
    expect(challenge?.status).toBe('pending');
    await orders.authority.finalize(placed, await makeCsr(leafKey, names));
    const seen = [];
    for (let looks = 0; looks < 3; looks += 1) seen.push((await orders.authority.readOrder(placed.orderUrl)).status);
    expect(seen).toEqual(['processing', 'valid', 'valid']);
  });

  it('refuses, limits, forgets and is away when it is turned so', async () => {
    const { memory, orders } = await start();
    const placed = await orders.authority.place({ names: [newName()] });
    memory.turn({ refuse: { code: 'ca-caa-forbids', detail: 'caa: forbidden' } });
    expect(await orders.prove(placed)).toMatchObject({ status: 'invalid', refusal: { code: 'ca-caa-forbids' } });
    memory.turn({ rateLimit: { retryAfterMs: 60_000, operations: ['place'] } });
    await expect(orders.authority.place({ names: [newName()] })).rejects.toMatchObject({
      name: 'ca-rate-limited',
      retryAfterMs: 60_000,
    });
    memory.turn({ gone: true });
    expect(await orders.authority.readOrder(placed.orderUrl)).toMatchObject({ status: 'gone' });
    memory.turn({ unreachable: true });
    await expect(orders.authority.readOrder(placed.orderUrl)).rejects.toMatchObject({ name: 'ca-unreachable' });
  });
});
