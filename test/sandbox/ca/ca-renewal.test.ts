// RFC 9773 at the CA: what it suggests for each position of its dials, and which orders may say that they replace a leaf.

import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { adviseWindow, isWithinWindow } from '../../../src/sandbox/ca/ca-renewal-window.ts';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { csrFor, downloaded, settled } from './proven-order.ts';
import { RawAcme, type RawAnswer } from './raw-acme.ts';

const NAME = 'pbx.northwind.test';
const DAY_MS = 86_400_000;
const LIFETIME = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-03-31T23:59:59Z') };
const NOW = new Date('2026-02-01T12:00:00Z');
const QUIET = { ...LIFETIME, revoked: false, earlyShare: undefined };

describe('the window suggested', () => {
  it.each([
    { dial: 'lifetime' as const, leaf: QUIET, start: '2026-03-01T02:24', end: '2026-03-02T21:36' },
    { dial: 'reversed' as const, leaf: QUIET, start: '2026-03-02T21:36', end: '2026-03-01T02:24' },
    {
      dial: 'lifetime' as const,
      leaf: { ...QUIET, earlyShare: 0.25 },
      start: '2026-01-22T14:24',
      end: '2026-01-24T09:36',
    },
    {
      dial: 'lifetime' as const,
      leaf: { ...QUIET, notAfter: new Date('2026-01-06T23:59:59Z') },
      start: '2026-01-03T22:33',
      end: '2026-01-04T01:26',
    },
    { dial: 'now' as const, leaf: QUIET, start: '2026-02-01T11:00', end: '2026-02-01T13:00' },
    { dial: 'past' as const, leaf: QUIET, start: '2026-02-01T11:00', end: '2026-02-01T11:30' },
    {
      dial: 'lifetime' as const,
      leaf: { ...QUIET, revoked: true },
      start: '2026-02-01T11:00',
      end: '2026-02-01T11:30',
    },
    { dial: { startShare: 0, endShare: 0.5 }, leaf: QUIET, start: '2026-01-01T00:00', end: '2026-02-15T00:00' },
  ])('of dial $dial is from $start to $end', ({ dial, leaf, start, end }) => {
    const window = adviseWindow(dial, leaf, NOW);
    expect([window.start, window.end].map((date) => date.toISOString().slice(0, 16))).toEqual([start, end]);
  });

  it('has its start and not its end', () => {
    const window = { start: NOW, end: new Date(NOW.getTime() + 1) };
    expect([isWithinWindow(window, NOW), isWithinWindow(window, window.end)]).toEqual([true, false]);
  });
});

describe('renewal information', () => {
  let world: CaUnderTest;
  let leafId: string;
  beforeAll(async () => {
    world = await openCaForAll();
    leafId = ariIdOf((await downloaded(world, NAME)).text);
    return () => world.close();
  });

  it('is where the directory says, for everybody, with the time to ask again', async () => {
    const { ca, client } = world;
    const directory = await client.send('GET', ca.directoryUrl, undefined, {});
    const answer = await client.send('GET', `${directory.json.renewalInfo}/${leafId}`, undefined, {});
    const { start, end } = answer.json.suggestedWindow as Record<'start' | 'end', string>;
    const shares = [start, end].map((text) => (Date.parse(text) - world.clock.now.getTime()) / (90 * DAY_MS));

    expect([answer.status, answer.headers['retry-after'], answer.headers['content-type']]).toEqual([
      200,
      '21600',
      'application/json',
    ]);
    expect([start, end].every((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text))).toBe(true);
    expect(shares.map((share) => Math.round(share * 100))).toEqual([66, 68]);
    expect(Object.keys(answer.json)).toEqual(['suggestedWindow']);
  });

  it('follows its dials from one request to the next', async () => {
    const { ca, client } = world;
    const ask = (): Promise<RawAnswer> => client.send('GET', `${client.origin}/renewal-info/${leafId}`, undefined, {});
    ca.turn({ suggestedWindow: 'now', renewalRetryAfterSeconds: 60, retryAfterAsDate: true });
    const now = await ask();
    ca.turn({ suggestedWindow: 'garbage', renewalRetryAfterSeconds: undefined });
    const garbage = await ask();
    ca.turn({ suggestedWindow: 'none' });
    const none = await ask();
    const directory = await client.send('GET', ca.directoryUrl, undefined, {});
    ca.turn({ suggestedWindow: 'lifetime', renewalRetryAfterSeconds: 21_600, retryAfterAsDate: false });

    expect(now.headers['retry-after']).toBe(new Date(world.clock.now.getTime() + 60_000).toUTCString());
    expect(now.json.explanationUrl).toMatch(/^https:\/\/localhost:\d+\/terms$/);
    expect([garbage.json.suggestedWindow, garbage.headers['retry-after']]).toEqual([
      { start: 'soon', end: 20_300_230 },
      undefined,
    ]);
    expect([none.status, Object.keys(directory.json).includes('renewalInfo')]).toEqual([404, false]);
  });

  it.each<{ when: string; id: (right: string) => string; status: number }>([
    { when: 'has one part', id: (right) => String(right.split('.')[0]), status: 400 },
    { when: 'has three parts', id: (right) => `${right}.AAAA`, status: 400 },
    { when: 'is padded', id: (right) => `${right}==`, status: 400 },
    { when: 'has bits left over', id: () => 'AB.AB', status: 400 },
    { when: 'is of another issuer', id: (right) => `AAAA.${right.split('.')[1]}`, status: 404 },
    { when: 'is of a leaf we never issued', id: (right) => `${right.split('.')[0]}.AAAA`, status: 404 },
  ])('is refused as malformed with $status when the id $when', async ({ id, status }) => {
    const { client } = world;
    const answer = await client.send('GET', `${client.origin}/renewal-info/${id(leafId)}`, undefined, {});
    expect([answer.status, answer.errorType]).toEqual([status, 'malformed']);
  });

  it('is read by GET alone', async () => {
    const { client } = world;
    const answer = await client.read(`${client.origin}/renewal-info/${leafId}`);
    expect([answer.status, answer.errorType, answer.headers.allow]).toEqual([405, 'malformed', 'GET']);
  });

  it('tells to renew a revoked leaf at once, and where to read why', async () => {
    const revoked = await openCa();
    const chain = (await downloaded(revoked, NAME)).text;
    const { client, clock } = revoked;
    await client.post(`${client.origin}/revoke-cert`, {
      certificate: new X509Certificate(chain).raw.toString('base64url'),
    });
    const { json } = await client.send('GET', `${client.origin}/renewal-info/${ariIdOf(chain)}`, undefined, {});
    const { end } = json.suggestedWindow as Record<'end', string>;
    expect(Date.parse(end)).toBeLessThan(clock.now.getTime());
    expect(json.explanationUrl).toBe(`${client.origin}/terms`);
  });

  it('suggests a share of leaves a window long before the usual one, the same at every look and after a restart', async () => {
    const early = await openCa({ dials: { earlyWindows: 1 } });
    const id = ariIdOf((await downloaded(early, NAME)).text);
    const ask = async (): Promise<unknown> =>
      (await early.client.send('GET', `${early.client.origin}/renewal-info/${id}`, undefined, {})).json.suggestedWindow;
    const looks = [await ask(), await ask()];
    await early.restart();
    looks.push(await ask());

    const { start, end } = looks[0] as Record<'start' | 'end', string>;
    expect(looks).toEqual([looks[0], looks[0], looks[0]]);
    const days = [start, end].map((text) => (Date.parse(text) - early.clock.now.getTime()) / DAY_MS);
    expect(days.every((day) => day > 90 * 0.23 && day < 90 * 0.52)).toBe(true);
  });
});

describe('an order that replaces a leaf', () => {
  it('shows which one at every look, and keeps it over a restart', async () => {
    const world = await openCa();
    const id = ariIdOf((await downloaded(world, NAME)).text);
    const order = await replacing(world.client, id, NAME);
    await world.restart();
    const read = await world.client.read(order.headers.location);
    expect([order.status, order.json.replaces, read.json.replaces]).toEqual([201, id, id]);
    expect((await replacing(world.client, id, NAME)).errorType).toBe('alreadyReplaced');
  });

  it('is the only one until it fails: 409 alreadyReplaced', async () => {
    const world = await openCa({ dials: { orderLifetimeSeconds: 60, reuseAuthorizations: 1 } });
    const id = ariIdOf((await downloaded(world, NAME)).text);
    const first = await replacing(world.client, id, NAME);
    const second = await replacing(world.client, id, NAME);
    world.clock.now = new Date(world.clock.now.getTime() + 61_000);
    const afterItsEnd = await replacing(world.client, id, NAME);
    await world.client.post(String(afterItsEnd.json.finalize), { csr: await csrFor(NAME) });
    await settled(() => world.client.read(afterItsEnd.headers.location), 'processing');
    world.clock.now = new Date(world.clock.now.getTime() + 61_000);
    const afterIssuance = await replacing(world.client, id, NAME);

    expect([first.status, second.status, second.errorType]).toEqual([201, 409, 'alreadyReplaced']);
    expect([afterItsEnd.status, afterIssuance.status]).toEqual([201, 409]);
  });

  it.each<{ when: string; replaces: (id: string) => unknown; name: string; type: string; status: number }>([
    { when: 'names no leaf', replaces: () => 'leaf', name: NAME, type: 'malformed', status: 400 },
    { when: 'is a number', replaces: () => 7, name: NAME, type: 'malformed', status: 400 },
    {
      when: 'names a leaf that is not ours',
      replaces: (id) => `${id.split('.')[0]}.AAAA`,
      name: NAME,
      type: 'malformed',
      status: 404,
    },
    { when: 'has no name in common', replaces: (id) => id, name: 'other.test', type: 'malformed', status: 400 },
  ])('is refused as $type when it $when', async ({ replaces, name, type, status }) => {
    const world = await openCa();
    const id = ariIdOf((await downloaded(world, NAME)).text);
    const answer = await replacing(world.client, replaces(id), name);
    expect([answer.errorType, answer.status]).toEqual([type, status]);
    expect((await replacing(world.client, id, NAME)).status).toBe(201);
  });

  it('is refused for the leaf of another account', async () => {
    const world = await openCa();
    const id = ariIdOf((await downloaded(world, NAME)).text);
    const stranger = new RawAcme(world.ca);
    await stranger.register();
    expect((await replacing(stranger, id, NAME)).errorType).toBe('unauthorized');
  });

  it('is an order like any other where there is no renewal information', async () => {
    const world = await openCa({ dials: { suggestedWindow: 'none' } });
    const answer = await replacing(world.client, 'whatever', NAME);
    expect([answer.status, answer.json.replaces]).toEqual([201, undefined]);
  });
});

function replacing(client: RawAcme, replaces: unknown, name: string): Promise<RawAnswer> {
  return client.post(`${client.origin}/new-order`, { identifiers: [{ type: 'dns', value: name }], replaces });
}

/** Read out of the leaf itself, as a client does (RFC 9773, 4.1): the key identifier stands after its tag 80 and length 14. */
function ariIdOf(chain: string): string {
  const leaf = new X509Certificate(chain);
  const at = leaf.raw.indexOf(Buffer.from('0603551d23', 'hex'));
  const keyAt = leaf.raw.indexOf(Buffer.from('8014', 'hex'), at) + 2;
  const keyId = leaf.raw.subarray(keyAt, keyAt + 20).toString('base64url');
  return `${keyId}.${Buffer.from(leaf.serialNumber, 'hex').toString('base64url')}`;
}
