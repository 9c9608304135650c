// CAA at the CA: which records let it issue, where it looks for them, and when it looks again.

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CaaQuestion, caaPermits } from '../../../src/sandbox/ca/ca-caa-policy.ts';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { authorizationOf, csrFor, presentedOrder, readyOrder, settled } from './proven-order.ts';
import type { RawAnswer } from './raw-acme.ts';
import { TinyDns } from './tiny-dns.ts';

const NAME = 'pbx.northwind.test';
const US = 'ca.sandbox.test';
const ACCOUNT = 'https://localhost:14000/account/1';
const plain: CaaQuestion = { wildcard: false, accountUrl: ACCOUNT, method: 'dns-01' };
const wildcard: CaaQuestion = { ...plain, wildcard: true };

describe('records at a name', () => {
  it.each<{ records: readonly string[]; permits: readonly [plain: boolean, wildcard: boolean] }>([
    { records: [], permits: [true, true] },
    { records: [`issue ${US}`], permits: [true, true] },
    { records: [`ISSUE ${US.toUpperCase()}`], permits: [true, true] },
    { records: ['issue other.test'], permits: [false, false] },
    { records: ['issue other.test', `issue ${US}`], permits: [true, true] },
    { records: ['issue ;'], permits: [false, false] },
    { records: ['issue '], permits: [false, false] },
    { records: [`issue ${US}.evil.test`], permits: [false, false] },
    { records: [`issue ${US}`, 'issuewild ;'], permits: [true, false] },
    { records: ['issue ;', `issuewild ${US}`], permits: [false, true] },
    { records: ['issuewild other.test'], permits: [true, false] },
    { records: ['iodef mailto:security@northwind.test'], permits: [true, true] },
    { records: ['future something'], permits: [true, true] },
    { records: ['!future something'], permits: [false, false] },
    { records: [`!issue ${US}`, '!iodef mailto:a@b.test'], permits: [true, true] },
    { records: [`issue ${US}; accounturi=${ACCOUNT}`], permits: [true, true] },
    { records: [`issue ${US};accounturi=${ACCOUNT}0`], permits: [false, false] },
    { records: [`issue ${US}; accounturi=${ACCOUNT}; accounturi=${ACCOUNT}`], permits: [false, false] },
    { records: [`issue ${US}; validationmethods=dns-01`], permits: [true, true] },
    { records: [`issue ${US}; validationmethods=http-01,dns-01`], permits: [true, true] },
    { records: [`issue ${US}; validationmethods=http-01`], permits: [false, false] },
    { records: [`issue ${US}; validationmethods=`], permits: [false, false] },
    { records: [`issue ${US}; account=1; policy=ev;`], permits: [true, true] },
    { records: [`issue ${US}; no parameter`], permits: [false, false] },
    { records: [`issue ${US}; a=b c`], permits: [false, false] },
  ])('$records permit $permits', ({ records, permits }) => {
    const read = records.map((text) => {
      const [tag = '', ...value] = text.split(' ');
      return { critical: tag.startsWith('!'), tag: tag.replace('!', '').toLowerCase(), value: value.join(' ') };
    });
    expect([caaPermits(read, plain), caaPermits(read, wildcard)]).toEqual(permits);
  });
});

describe('validation', () => {
  let shared: CaUnderTest;
  beforeAll(async () => {
    shared = await openCaForAll();
    return () => shared.close();
  });

  it.each<{ when: string; at: string; prepare: (dns: TinyDns, at: string) => void; type: string | undefined }>([
    { when: 'nobody is named anywhere', at: NAME, prepare: () => undefined, type: undefined },
    { when: 'others are named at the name', at: NAME, prepare: others, type: 'caa' },
    { when: 'others are named above it', at: 'northwind.test', prepare: others, type: 'caa' },
    { when: 'others are named at the top', at: 'test', prepare: others, type: 'caa' },
    { when: 'others are named beside it', at: 'b.northwind.test', prepare: others, type: undefined },
    { when: 'others are named at the challenge', at: `_acme-challenge.${NAME}`, prepare: others, type: undefined },
    {
      when: 'we are named at the name and others above it',
      at: 'northwind.test',
      prepare: (dns, at) => {
        others(dns, at);
        dns.addCaa(NAME, { flags: 0, tag: 'issue', value: US });
      },
      type: undefined,
    },
    {
      when: 'a tag is critical that we do not know',
      at: NAME,
      prepare: (dns, at) => dns.addCaa(at, { flags: 128, tag: 'future', value: 'x' }),
      type: 'caa',
    },
    {
      when: 'a tag hides its flags',
      at: NAME,
      prepare: (dns, at) => dns.addCaa(at, { flags: 128, tag: 'critical', value: '0' }),
      type: 'caa',
    },
    {
      when: 'a tag that is not critical has the name of what Node says besides',
      at: NAME,
      prepare: (dns, at) => dns.addCaa(at, { flags: 1, tag: 'type', value: 'CAA' }),
      type: undefined,
    },
    { when: 'the look-up fails at the name', at: NAME, prepare: fails, type: 'dns' },
    { when: 'the look-up fails above it', at: 'northwind.test', prepare: fails, type: 'dns' },
    { when: 'the name is refused', at: NAME, prepare: (dns, at) => dns.caaFails.set(at, 'REFUSED'), type: 'dns' },
    {
      when: 'what is above is refused',
      at: 'test',
      prepare: (dns, at) => dns.caaFails.set(at, 'REFUSED'),
      type: undefined,
    },
  ])('ends with $type when $when', async ({ at, prepare, type }) => {
    shared.dns.clear();
    shared.dns.caaFails.clear();
    prepare(shared.dns, at);
    const { order, challenge } = await presentedOrder(shared, NAME);
    await shared.client.post(challenge.url, {});
    const after = await settled(() => shared.client.read(challenge.url), 'processing');
    expect(typeOf(after.json.error)).toBe(type);
    expect((await authorizationOf(shared.client, order)).status).toBe(type === undefined ? 'valid' : 'invalid');
  });

  it('knows the account and says the proof first', async () => {
    const world = await openCa();
    world.dns.addCaa(NAME, { flags: 0, tag: 'issue', value: `${US}; accounturi=${world.client.accountUrl}` });
    const right = await readyOrder(world, NAME);
    world.dns.clear();
    others(world.dns, NAME);
    const order = await world.client.order(NAME);
    const dns01 = (await authorizationOf(world.client, order)).challenges.find(({ type }) => type === 'dns-01');
    await world.client.post(String(dns01?.url), {});
    const unproven = await settled(() => world.client.read(dns01?.url), 'processing');

    expect((await world.client.read(right.headers.location)).json.status).toBe('ready');
    expect(typeOf(unproven.json.error)).toBe('dns');
  });

  it('judges a wildcard by issuewild, from its base upwards', async () => {
    const world = await openCa();
    world.dns.addCaa('northwind.test', { flags: 0, tag: 'issuewild', value: ';' });
    const statuses: unknown[] = [];
    for (const name of ['*.northwind.test', 'northwind.test']) {
      const order = await world.client.order(name);
      const { challenges } = await authorizationOf(world.client, order);
      const dns01 = challenges.find(({ type }) => type === 'dns-01');
      world.dns.addTxt('_acme-challenge.northwind.test', world.client.txtValue(dns01?.token));
      await world.client.post(String(dns01?.url), {});
      const after = await settled(() => world.client.read(dns01?.url), 'processing');
      statuses.push(typeOf(after.json.error) ?? after.json.status);
    }
    expect(statuses).toEqual(['caa', 'valid']);
  });

  it('asks every name server', async () => {
    const second = await TinyDns.start();
    onTestFinished(() => second.close());
    const world = await openCa({ moreServers: [second.server] });
    const { challenge } = await presentedOrder(world, NAME);
    second.addTxt(`_acme-challenge.${NAME}`, world.client.txtValue(challenge.token));
    others(second, NAME);
    await world.client.post(challenge.url, {});
    const after = await settled(() => world.client.read(challenge.url), 'processing');
    expect(typeOf(after.json.error)).toBe('caa');
    expect([...new Set(world.dns.askedCaa)].sort()).toEqual(['northwind.test', NAME, 'test']);
  });
});

describe('finalize', () => {
  it('looks again when the proof is older than eight hours, and leaves the order ready when it is forbidden', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    const finalize = async (): Promise<RawAnswer> =>
      world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    others(world.dns, NAME);
    world.clock.now = new Date(world.clock.now.getTime() + 8 * 3_600_000 + 1000);

    const forbidden = await finalize();
    const status = (await world.client.read(order.headers.location)).json.status;
    world.dns.clear();
    world.dns.caaFails.set(NAME, 'SERVFAIL');
    const unread = await finalize();
    world.dns.caaFails.clear();
    await finalize();
    const after = await settled(() => world.client.read(order.headers.location), 'processing');

    expect([forbidden.errorType, forbidden.status, status]).toEqual(['caa', 403, 'ready']);
    expect([unread.errorType, after.json.status]).toEqual(['dns', 'valid']);
  });

  it('does not look again within eight hours', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    others(world.dns, NAME);
    world.clock.now = new Date(world.clock.now.getTime() + 8 * 3_600_000 - 1000);
    await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    const after = await settled(() => world.client.read(order.headers.location), 'processing');
    expect(after.json.status).toBe('valid');
  });
});

function others(dns: TinyDns, at: string): void {
  dns.addCaa(at, { flags: 0, tag: 'issue', value: 'other.test' });
}

function fails(dns: TinyDns, at: string): void {
  dns.caaFails.set(at, 'SERVFAIL');
}

function typeOf(error: unknown): string | undefined {
  return (error as { readonly type: string } | undefined)?.type.split(':').at(-1);
}
