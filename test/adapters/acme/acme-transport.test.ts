// How AcmeAuthorities speaks HTTPS: nonces, deadlines, sizes, roots; and what becomes of answers that are none.

import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../../src/adapters/acme/acme-authorities.ts';
import { Problem } from '../../../src/domain/problem.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey } from '../../support/order-driver.ts';
import {
  openScripted,
  refusing,
  type ScriptedAuthority,
  scriptedName,
  scriptedNow,
  scriptedOrder,
  startScriptedAuthority,
} from '../../support/scripted-authority.ts';

describe('AcmeAuthorities on the wire', () => {
  let server: ScriptedAuthority;
  const orderUrl = () => `${server.origin}/orders/1`;
  const _challengeUrl = () => `${server.origin}/challenges/1`;
  const open = (changes: Parameters<typeof openScripted>[1] = {}) => openScripted(server, changes);

  beforeEach(async () => {
    server = await startScriptedAuthority();
  });

  afterEach(async () => {
    await server.close();
  });

  it('asks as RFC 8555 wants it: who we are, what we send, no compression', async () => {
    await (await open({ contact: ['mailto:ops@northwind.test'] })).place({ names: [scriptedName] });
    expect(server.headersOf('POST /orders')).toMatchObject({
      'user-agent': expect.stringContaining('ucx-certs'),
      'content-type': 'application/jose+json',
      'accept-encoding': 'identity',
      host: server.origin.slice('https://'.length),
    });
  });

  it.each([
    { what: 'huge headers', headers: { 'X-Fill': 'x'.repeat(20_000) }, saying: 'HPE_HEADER_OVERFLOW' },
    { what: 'a body that is encoded all the same', headers: { 'Content-Encoding': 'gzip' }, saying: 'encoded' },
    { what: 'a body of 2 MB', changes: { fill: 'x'.repeat(2 * 1024 * 1024) }, saying: 'over 1048576 bytes' },
    { what: 'an order without names', changes: { identifiers: [] }, saying: 'order.identifiers' },
    { what: 'an unknown status', changes: { status: 'done' }, saying: 'order.status' },
  ])('refuses $what', async ({ headers = {}, changes = {}, saying }) => {
    server.script('POST /orders', (origin) => ({
      status: 201,
      headers: { Location: orderUrl(), ...headers },
      body: scriptedOrder(origin, changes),
    }));
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-answer-malformed',
      message: expect.stringContaining(saying),
    });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    server.script('POST /orders', { status, headers: { Location: `${server.origin}/elsewhere` } });
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-answer-malformed',
    });
    expect(server.requests).not.toContain('POST /elsewhere');
  });

  it('uses no nonce that could not be one', async () => {
    server.script('HEAD /nonce', { headers: { 'Replay-Nonce': 'not a nonce!' } });
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-answer-malformed',
    });
  });

  it('retries nothing but a refused nonce', async () => {
    server.script('POST /orders', refusing('serverInternal', 'x', 500));
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({ name: 'ca-busy' });
    expect(server.requests.filter((request) => request === 'POST /orders').length).toBe(1);
  });

  it.each([
    { what: 'garbage before TLS', meet: (socket: Socket) => void socket.end('SSH-2.0-hello\r\n') },
    { what: 'a closed door', meet: (socket: Socket) => void socket.destroy() },
    { what: 'silence', meet: () => undefined },
  ])('calls it unreachable in time: $what', async ({ meet }) => {
    server.meet(meet);
    const startedAt = performance.now();
    await expect((await open({ timeoutMs: 150 })).ensureAccount()).rejects.toMatchObject({ name: 'ca-unreachable' });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('calls an answer that drips for ever unreachable in time, over all the requests of a call', async () => {
    server.script('POST /orders', (_origin, _request, response) => {
      response.writeHead(201, { 'Content-Type': 'application/json' });
      const dripping = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(dripping));
      return undefined;
    });
    const authority = await open({ timeoutMs: 400 });
    await expect(authority.place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-unreachable',
      message: expect.stringContaining('400 ms'),
    });
  });

  it('calls an answer that is cut off unreachable, and one that is not HTTP malformed', async () => {
    const authority = await open();
    server.script('POST /orders', (_origin, _request, response) => {
      response.writeHead(201, { 'Content-Length': '1000' });
      response.write('{');
      response.socket?.destroySoon();
      return undefined;
    });
    await expect(authority.place({ names: [scriptedName] })).rejects.toMatchObject({ name: 'ca-unreachable' });
    server.script('POST /orders', (_origin, _request, response) => {
      response.socket?.end('HELO mail.northwind.test\r\n\r\n');
      return undefined;
    });
    await expect(authority.place({ names: [scriptedName] })).rejects.toMatchObject({ name: 'ca-answer-malformed' });
  });

  it('passes on what the network refuses, and calls the rest unreachable with the cause', async () => {
    const closed = {
      connect: async () => Promise.reject(new Problem('address-refused', 'not a public address: 10.0.0.1')),
    };
    await expect((await open({ network: closed })).ensureAccount()).rejects.toMatchObject({ name: 'address-refused' });
    const missing = {
      connect: async () => Promise.reject(new Problem('server-unreachable', 'localhost:1: ECONNREFUSED')),
    };
    await expect((await open({ network: missing })).ensureAccount()).rejects.toMatchObject({
      name: 'ca-unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const silent = { connect: () => new Promise<never>(() => undefined) };
    await expect((await open({ timeoutMs: 100, network: silent })).ensureAccount()).rejects.toMatchObject({
      name: 'ca-unreachable',
    });
  });

  it('wants a certificate for the name it asked', async () => {
    const directoryUrl = server.directoryUrl.replace('localhost', 'ca.northwind.test');
    await expect((await open({ directoryUrl })).ensureAccount()).rejects.toMatchObject({
      name: 'ca-unreachable',
      message: expect.stringContaining('ALTNAME'),
    });
  });

  it('asks an authority that has an address for a name', async () => {
    const origin = server.origin.replace('localhost', '127.0.0.1');
    const directory = { newNonce: `${origin}/nonce`, newAccount: `${origin}/accounts`, newOrder: `${origin}/orders` };
    server.script('GET /dir', { body: directory });
    server.script('POST /accounts', { status: 201, headers: { Location: `${origin}/accounts/1` }, body: {} });
    const authority = await open({ directoryUrl: `${origin}/dir` });
    expect(await authority.ensureAccount()).toEqual({ accountUrl: `${origin}/accounts/1` });
  });

  it('reads the directory again after an hour, and not before', async () => {
    let minutes = 0;
    const { directoryUrl, tlsRootPem } = server;
    const authorities = new AcmeAuthorities({
      network: loopbackNetwork,
      settings: { ca: { directoryUrl, roots: [tlsRootPem] } },
      now: () => new Date(scriptedNow.getTime() + minutes * 60_000),
    });
    const directories = () => server.requests.filter((request) => request === 'GET /dir').length;
    for (const [at, read] of [
      [0, 1],
      [59, 1],
      [61, 2],
    ] as const) {
      minutes = at;
      const authority = await authorities.open('ca', { key: newAccountKey(), accountUrl: undefined });
      await authority.place({ names: [scriptedName] });
      expect(directories()).toBe(read);
    }
  });

  it('says none of its secrets in a problem', async () => {
    server.script('POST /orders', refusing('malformed', 'no'));
    const problem = await (await open()).place({ names: [scriptedName] }).catch((error) => error);
    expect(JSON.stringify([problem, problem.message, problem.stack, problem.cause ?? ''])).not.toMatch(
      /PRIVATE KEY|"d":/,
    );
  });

  it('makes an account with the contacts of its settings, and changes nothing at one there is', async () => {
    const authority = await open({ contact: ['mailto:ops@northwind.test'] });
    server.script('POST /accounts', { status: 200, headers: { Location: `${server.origin}/accounts/7` }, body: {} });
    expect(await authority.ensureAccount()).toEqual({ accountUrl: `${server.origin}/accounts/7` });
    expect(server.signed.map(({ what, payload }) => [what, payload])).toEqual([
      ['POST /accounts', { termsOfServiceAgreed: true, contact: ['mailto:ops@northwind.test'] }],
    ]);
  });

  it.each([
    { minutes: 0, trusts: 'those it had' },
    { minutes: 2, trusts: 'none from before it' },
  ])(
    'signs again with the nonce of a refusal, and $minutes min after it got the refused one trusts $trusts',
    async ({ minutes }) => {
      let now = scriptedNow;
      const authority = await open({ now: () => now });
      await authority.ensureAccount();
      const placeThree = () => Promise.all([1, 2, 3].map(() => authority.place({ names: [scriptedName] })));
      await placeThree();
      const before = server.requests.length;
      now = new Date(scriptedNow.getTime() + minutes * 60_000);
      let refusals = 0;
      server.script('POST /orders', (origin) => {
        refusals += 1;
        if (refusals === 1) return refusing('badNonce', 'old', 400, { 'Replay-Nonce': 'fresh-1' });
        return { status: 201, headers: { Location: `${origin}/orders/1` }, body: scriptedOrder(origin) };
      });
      const used = server.signed.length;
      await authority.place({ names: [scriptedName] });
      await placeThree();
      const [, again, ...others] = server.signed.slice(used).map(({ nonce }) => String(nonce));
      const old = others.filter((nonce) => Number(nonce.replace('nonce-', '')) <= before);
      expect(again).toBe('fresh-1');
      expect(old.length > 0).toBe(minutes === 0);
    },
  );

  it('uses every nonce once', async () => {
    const authority = await open();
    await Promise.all([1, 2, 3, 4, 5].map(() => authority.place({ names: [scriptedName] })));
    await Promise.all([1, 2, 3, 4, 5].map(() => authority.place({ names: [scriptedName] })));
    const nonces = server.signed.map(({ nonce }) => nonce);
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});
