// The customer's own certificate, from the request to the wire, and what is asked of people afterwards.

import { createPublicKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OrderRequest } from '../../src/domain/order.ts';
import { certificateKey, getItem } from '../../src/steps/records.ts';
import { requestFor } from '../../src/steps/server-requests.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptImport } from '../../src/workflows/accept-import.ts';
import type { Accepted } from '../../src/workflows/accept-order.ts';
import { startDueRenewals } from '../../src/workflows/start-due-renewals.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { type Bought, buy } from '../support/bought-certificates.ts';
import { makePair } from '../support/der-certificates.ts';
import { HOSTNAME, OrderWorld, PARTNER, request } from '../support/order-world.ts';

const DAY_MS = 86_400_000;

let world: OrderWorld;
let services: Services;

beforeEach(async () => {
  world = await OrderWorld.open();
  const usual = world.services();
  services = await world.begin({
    ...usual,
    settings: { ...usual.settings, roots: [...usual.settings.roots, IMPORT_ROOT.pem] },
  });
});
afterEach(() => world.close());

function bring(
  pems: readonly string[],
  { key = 'k1', ...change }: { key?: string } & Partial<OrderRequest> = {},
): Promise<Accepted> {
  const files = pems.map((pem, i) => ({ name: `f${i}`, bytes: Buffer.from(pem) }));
  return acceptImport(PARTNER, key, { request: { ...request, ...change }, upload: { files, passwords: [] } }, services);
}

const partsOf = ({ leaf, intermediate, keyPem }: Bought) => [leaf.pem, intermediate.pem, keyPem];

async function served(bought: Bought, key = 'k1') {
  const { order } = await bring(partsOf(bought), { key });
  await world.runToEnd(order.id);
  return world.order(order.id);
}

it('is staged, agreed on and served like an issued one, and no authority hears of it', async () => {
  const bought = buy([HOSTNAME], new Date());
  const order = await served(bought);
  const { fingerprint256 } = new X509Certificate(bought.leaf.pem);
  const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();
  expect([order.state, order.problem, order.fingerprint]).toEqual(['done', undefined, fingerprint]);
  expect(world.appliances.served()).toMatchObject({ fingerprint, keyPem: bought.keyPem });
  expect(world.authority.count('finalize')).toBe(0);
  expect(world.appliances.count('restart')).toBe(1);
  const kept = await getItem(services.inventory, certificateKey(PARTNER, HOSTNAME));
  expect(kept.value).toMatchObject({ authority: 'imported', fingerprint });
});

it('needs no records of anybody where its name lies in no zone of ours', async () => {
  const bought = buy(['pbx.elsewhere.test'], new Date());
  const { order } = await bring(partsOf(bought), { hostname: 'pbx.elsewhere.test' });
  await world.run(async () => (await world.order(order.id)).state === 'awaiting-window');
  expect((await world.order(order.id)).wantedRecords).toBeUndefined();
});

it('arrives complete though its intermediate was not sent, once that was served before', async () => {
  const first = buy([HOSTNAME], new Date());
  await served(first);
  const leaf = first.intermediate.issue({
    ...{ names: [HOSTNAME], pair: makePair() },
    ...{ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 80 * DAY_MS) },
  });
  const { order } = await bring([leaf.pem, leaf.keyPem], { key: 'k2' });
  await world.runToEnd(order.id);
  expect(world.appliances.served()?.chainPem).toBe(leaf.pem + first.intermediate.pem);
});

it('answers a request of ours: the key never was anywhere but in the vault', async () => {
  const asked = await requestFor(PARTNER, [HOSTNAME], 'ec-p256', services);
  const keyPem = Buffer.from(await services.vault.get(asked.keyRef)).toString();
  const { privateKey } = makePair();
  const bought = buy([HOSTNAME], new Date(), { pair: { privateKey, publicKey: createPublicKey(keyPem) } });
  const { order } = await bring([bought.leaf.pem, bought.intermediate.pem]);
  expect(order.imported?.keyRef).toEqual(asked.keyRef);
  await world.runToEnd(order.id);
  expect((await world.order(order.id)).state).toBe('done');
  expect(world.appliances.served()?.keyPem).toBe(keyPem);
  const next = await requestFor(PARTNER, [HOSTNAME], 'ec-p256', services);
  expect(next.publicKey).not.toBe(asked.publicKey);
});

it('with a key that another server uses is taken, with a warning', async () => {
  const pair = makePair();
  await served(buy([HOSTNAME], new Date(), { pair }));
  const other = 'second.northwind.test';
  const { order } = await bring(partsOf(buy([other], new Date(), { pair })), { hostname: other, key: 'k2' });
  expect(order.warnings).toEqual([`its key is in use on ${HOSTNAME} already`]);
});

it('that ended before its order came to it is not staged', async () => {
  const bought = buy([HOSTNAME], new Date());
  const { order } = await bring(partsOf(bought));
  world.appliances.turn({ unreachable: true });
  await world.run(() => new Date() > new Date('2027-01-11T16:00:00Z'));
  vi.setSystemTime(Date.now() + 100 * DAY_MS);
  world.appliances.turn({ unreachable: false });
  await world.runToEnd(order.id);
  expect((await world.order(order.id)).problem?.code).toBe('certificate-refused');
  expect(world.appliances.count('stage')).toBe(0);
});

it('is chased: people are asked for the next at shares of its life, each once, until it is there', async () => {
  const bought = buy([HOSTNAME], new Date());
  await served(bought);
  const asked = () =>
    world.mail.deliveredTo('ana@northwind.test').filter(({ subject }) => /^(?:Next|Ends soon)/.test(subject));
  const end = new X509Certificate(bought.leaf.pem).validToDate.getTime();
  const seen: string[] = [];
  for (let at = Date.now(); at < end + 3 * DAY_MS; at += DAY_MS / 2) {
    vi.setSystemTime(at);
    for (let twice = 0; twice < 2; twice += 1)
      await startDueRenewals({ now: new Date(at), random: () => 0.5 }, services);
    for (const { subject } of asked().slice(seen.length))
      seen.push(`${Math.round(((end - at) / (90 * DAY_MS)) * 100)} % ${subject.split(':')[0]}`);
  }
  expect(seen).toEqual([
    '50 % Next certificate wanted',
    '33 % Next certificate wanted',
    '16 % Next certificate wanted',
    '10 % Ends soon',
    '5 % Ends soon',
    expect.stringMatching(/^-?0 % Ends soon$/),
  ]);
  const { value } = await getItem(services.inventory, certificateKey(PARTNER, HOSTNAME));
  expect(value.problem?.code).toBe('renewal-given-up');
});

it('is chased no more when we obtain the next: that renews by itself', async () => {
  await served(buy([HOSTNAME], new Date()));
  const { id } = await world.place(services, {}, 'k2');
  await world.runToEnd(id);
  const { value } = await getItem(services.inventory, certificateKey(PARTNER, HOSTNAME));
  expect(value.authority).toBe('memory');
});
