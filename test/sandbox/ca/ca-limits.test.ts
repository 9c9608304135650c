// Let's Encrypt's rate limits at the CA: where each one holds, what is exempt, when a token comes back, and that a restart forgives nothing.

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  letsEncryptLimits,
  type RateLimitName,
  registeredDomain,
  spend,
  waitMs,
} from '../../../src/sandbox/ca/lets-encrypt-limits.ts';
import { type CaUnderTest, openCa } from './ca-under-test.ts';
import { authorizationOf, csrFor, readyOrder, settled } from './proven-order.ts';
import { RawAcme, type RawAnswer } from './raw-acme.ts';

const NAME = 'pbx.northwind.test';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const limited = { letsEncryptLimits: true, reuseAuthorizations: 1 };

describe('a bucket', () => {
  it.each<{ limit: RateLimitName; count: number; refillMinutes: number }>([
    { limit: 'newOrdersPerAccount', count: 300, refillMinutes: 0.6 },
    { limit: 'certificatesPerDomain', count: 50, refillMinutes: 201.6 },
    { limit: 'certificatesPerNameSet', count: 5, refillMinutes: 33.6 * 60 },
    { limit: 'failedAuthorizations', count: 5, refillMinutes: 12 },
    { limit: 'accountsPerAddress', count: 10, refillMinutes: 18 },
  ])('of $limit gives $count at once, then one every $refillMinutes minutes', ({ limit, count, refillMinutes }) => {
    const rule = letsEncryptLimits[limit];
    let fullAtMs: number | undefined;
    let given = 0;
    for (; given < 1000 && waitMs(rule, fullAtMs, 0) === 0; given += 1) fullAtMs = spend(rule, fullAtMs, 0);
    const refillMs = refillMinutes * MINUTE_MS;

    expect(given).toBe(count);
    expect(waitMs(rule, fullAtMs, 0)).toBeCloseTo(refillMs, 3);
    expect(waitMs(rule, fullAtMs, refillMs - 1000)).toBeCloseTo(1000, 3);
    expect(waitMs(rule, fullAtMs, Math.ceil(refillMs))).toBe(0);
    expect(waitMs(rule, spend(rule, fullAtMs, 0), 0)).toBeCloseTo(refillMs, 3);
  });

  it('of a registered domain is that of its last two labels', () => {
    expect(['a.b.northwind.test', 'northwind.test'].map(registeredDomain)).toEqual([
      'northwind.test',
      'northwind.test',
    ]);
  });
});

describe('with the limits of Let’s Encrypt', () => {
  it('the sixth leaf for the same names is refused whoever asks, and one comes back after 33.6 hours', async () => {
    const world = await openCa({ dials: { ...limited, suggestedWindow: 'none' } });
    for (let index = 0; index < 5; index += 1) await issued(world, NAME);
    const again = await world.restart();
    const refused = await world.client.order(NAME);
    const other = new RawAcme(again);
    await other.register();
    const stranger = await other.order(NAME);
    const others = await world.client.order(NAME, 'b.northwind.test');
    world.clock.now = new Date(world.clock.now.getTime() + 33.6 * HOUR_MS);
    const later = await world.client.order(NAME);

    expectRefused(refused, 'certificatesPerNameSet', 33.6 * HOUR_MS);
    expect([stranger.status, others.status, later.status]).toEqual([429, 201, 201]);
    expect(again.count('rateLimited')).toBe(2);
  });

  it('a renewal inside the window is exempt, outside it is not', async () => {
    const world = await openCa({ dials: { ...limited, suggestedWindow: 'now' } });
    let replaces = await issued(world, NAME);
    for (let index = 0; index < 6; index += 1) replaces = await issued(world, NAME, { replaces });
    const after = await world.client.order(NAME);
    world.ca.turn({ suggestedWindow: { startShare: 0.5, endShare: 0.6 } });
    for (let index = 0; index < 4; index += 1) await issued(world, NAME);
    const early = await world.client.orderWith({ replaces }, NAME);
    world.ca.turn({ suggestedWindow: 'now' });
    const inside = await world.client.orderWith({ replaces }, NAME);

    expect([after.status, early.status, inside.status]).toEqual([201, 429, 201]);
  });

  it('the fifty-first leaf of a registered domain is refused, but not for names that had one', async () => {
    const world = await openCa({ dials: { ...limited, letsEncryptLimits: false } });
    await issued(world, NAME);
    world.ca.turn({ letsEncryptLimits: true });
    await together(49, (index) => issued(world, `pbx${index}.northwind.test`));
    await issued(world, NAME);
    await issued(world, 'pbx49.northwind.test');
    const refused = await world.client.order('new.northwind.test');
    const both = await world.client.order('pbx.other.test', '*.northwind.test');
    const renewal = await world.client.order(NAME);
    const elsewhere = await world.client.order('pbx.other.test');

    expectRefused(refused, 'certificatesPerDomain', 201.6 * MINUTE_MS);
    expect([both.status, renewal.status, elsewhere.status]).toEqual([429, 201, 201]);
  });

  it('the three hundred and first new order of an account is refused, but not another account’s or a renewal', async () => {
    const world = await openCa({ dials: { ...limited, letsEncryptLimits: false } });
    await issued(world, NAME);
    world.ca.turn({ letsEncryptLimits: true });
    await together(300, (index) => world.client.order(`pbx${index}.northwind.test`));
    const refused = await world.client.order('new.northwind.test');
    const renewal = await world.client.order(NAME);
    const other = new RawAcme(world.ca);
    await other.register();

    expectRefused(refused, 'newOrdersPerAccount', 36_000);
    expect([renewal.status, (await other.order('new.northwind.test')).status]).toEqual([201, 201]);
  });

  it('five failed authorizations of a name stop the account for that name alone', async () => {
    const world = await openCa({ dials: limited });
    for (let index = 0; index < 5; index += 1) await failed(world, NAME);
    const refused = await world.client.order(NAME);
    const wildcard = await world.client.order(`*.${NAME}`);
    const sibling = await world.client.order(`b.${NAME}`);
    const other = new RawAcme(world.ca);
    await other.register();
    const stranger = await other.order(NAME);
    world.clock.now = new Date(world.clock.now.getTime() + 12 * MINUTE_MS);

    expectRefused(refused, 'failedAuthorizations', 12 * MINUTE_MS);
    expect([wildcard.status, sibling.status, stranger.status]).toEqual([429, 201, 201]);
    expect((await world.client.order(NAME)).status).toBe(201);
  });

  it('the eleventh new account from an address is refused, but not one that is there', async () => {
    const world = await openCa({ dials: limited });
    const answers: RawAnswer[] = [];
    for (let index = 0; index < 11; index += 1) answers.push(await new RawAcme(world.ca).register());
    const known = await new RawAcme(world.ca, world.client.key).register();

    expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expectRefused(answers[10], 'accountsPerAddress', 18 * MINUTE_MS);
    expect(known.status).toBe(200);
  });

  it('the limit that takes longest is the one that is named, and its time may be a date', async () => {
    const world = await openCa({ dials: { ...limited, suggestedWindow: 'none' } });
    for (let index = 0; index < 5; index += 1) await issued(world, NAME);
    for (let index = 0; index < 5; index += 1) await failed(world, `*.${NAME}`);
    const seconds = await world.client.order(NAME);
    world.ca.turn({ retryAfterAsDate: true });
    const dated = await world.client.order(NAME);

    expectRefused(seconds, 'certificatesPerNameSet', 33.6 * HOUR_MS);
    const waitingMs = Date.parse(String(dated.headers['retry-after'])) - world.clock.now.getTime();
    expect(Math.abs(waitingMs - 33.6 * HOUR_MS)).toBeLessThan(2000);
  });

  it('nothing is counted while the dial is not turned', async () => {
    const world = await openCa({ dials: { ...limited, letsEncryptLimits: false } });
    for (let index = 0; index < 6; index += 1) await issued(world, NAME);
    world.ca.turn({ letsEncryptLimits: true });
    expect((await world.client.order(NAME)).status).toBe(201);
  });
});

function expectRefused(answer: RawAnswer | undefined, limit: RateLimitName, inMs: number): void {
  expect([answer?.status, answer?.errorType]).toEqual([429, 'rateLimited']);
  expect(answer?.json.detail).toMatch(new RegExp(`^too many \\(${letsEncryptLimits[limit].count}\\) .*: ${limit}$`));
  expect(Math.abs(Number(answer?.headers['retry-after']) - inMs / 1000)).toBeLessThan(2);
}

/** Ten at a time, so that they share what it costs to write to the disk. */
async function together(times: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

/** `ariCertId` of the leaf. */
async function issued(world: CaUnderTest, name: string, more: object = {}): Promise<string> {
  const order = await readyOrReused(world, name, more);
  await world.client.post(String(order.json.finalize), { csr: await csrFor(name) });
  const valid = await settled(() => world.client.read(order.headers.location), 'processing');
  const leaf = new X509Certificate((await world.client.read(valid.json.certificate)).text);
  const keyAt = leaf.raw.indexOf(Buffer.from('8014', 'hex'), leaf.raw.indexOf(Buffer.from('0603551d23', 'hex'))) + 2;
  const parts = [leaf.raw.subarray(keyAt, keyAt + 20), Buffer.from(leaf.serialNumber, 'hex')];
  return parts.map((part) => part.toString('base64url')).join('.');
}

async function readyOrReused(world: CaUnderTest, name: string, more: object): Promise<RawAnswer> {
  const known = world.dns.asked.includes(`_acme-challenge.${name}`);
  return known ? world.client.orderWith(more, name) : readyOrder(world, name, more);
}

async function failed(world: CaUnderTest, name: string): Promise<void> {
  const order = await world.client.order(name);
  const dns01 = (await authorizationOf(world.client, order)).challenges.find(({ type }) => type === 'dns-01');
  await world.client.post(String(dns01?.url), {});
  await settled(() => world.client.read(dns01?.url), 'processing');
}
