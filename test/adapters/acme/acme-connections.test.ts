// Connections to an authority: used again while they are young, and never so that something is asked for twice that must be asked once.

import type { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_IDLE_CONNECTIONS, MAX_IDLE_MS } from '../../../src/adapters/acme/acme-connections.ts';
import {
  openScripted,
  type ScriptedAuthority,
  scriptedName,
  scriptedNow,
  scriptedOrder,
  scriptedPlaced,
  startScriptedAuthority,
} from '../../support/scripted-authority.ts';

const csr = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n';

describe('connections to an authority', () => {
  let server: ScriptedAuthority;
  let now: Date;
  const orderUrl = () => `${server.origin}/orders/1`;
  const asked = (what: string) => server.requests.filter((request) => request === what).length;

  /** With an account, and a connection that rests. */
  const openRested = async () => {
    const authority = await openScripted(server, { now: () => now });
    await authority.ensureAccount();
    await authority.readOrder(orderUrl());
    return authority;
  };

  beforeEach(async () => {
    now = scriptedNow;
    server = await startScriptedAuthority();
  });

  afterEach(async () => {
    await server.close();
  });

  it('carry one request after the other', async () => {
    const authority = await openRested();
    const before = server.connections();
    for (let look = 0; look < 5; look += 1) await authority.readOrder(orderUrl());
    await authority.place({ names: [scriptedName] });
    expect(server.connections()).toBe(before);
  });

  it.each([
    { when: 'while young', movedMs: MAX_IDLE_MS - 1, opened: 0 },
    { when: 'no more when they have rested too long', movedMs: MAX_IDLE_MS, opened: 1 },
    { when: 'no more after a clock that went back', movedMs: -1, opened: 1 },
  ])('are used again $when, by the clock alone', async ({ movedMs, opened }) => {
    const authority = await openRested();
    const before = server.connections();
    now = new Date(scriptedNow.getTime() + movedMs);
    await authority.readOrder(orderUrl());
    expect(server.connections() - before).toBe(opened);
  });

  it('are as many as are asked at the same time, and few of them rest', async () => {
    const authority = await openRested();
    const wide = MAX_IDLE_CONNECTIONS + 10;
    await Promise.all(Array.from({ length: wide }, () => authority.readOrder(orderUrl())));
    await expect.poll(() => server.openConnections().length).toBe(MAX_IDLE_CONNECTIONS);
  });

  it('are not used again when the authority says so, closes them, or speaks unasked', async () => {
    const authority = await openRested();
    const ends: readonly (() => Promise<unknown>)[] = [
      async () => {
        server.script('POST /orders/1', (origin) => ({
          headers: { Connection: 'close' },
          body: scriptedOrder(origin),
        }));
        await authority.readOrder(orderUrl());
        server.script('POST /orders/1', (origin) => ({ body: scriptedOrder(origin) }));
      },
      async () => server.openConnections().map((socket) => socket.end()),
      async () => {
        const rested: (Writable | null)[] = [];
        server.script('POST /orders/1', (origin, _request, response) => {
          rested.push(response.socket);
          return { body: scriptedOrder(origin) };
        });
        await authority.readOrder(orderUrl());
        rested[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      },
    ];
    for (const end of ends) {
      await end();
      await expect.poll(() => server.openConnections().length).toBe(0);
      await authority.place({ names: [scriptedName] });
    }
    expect(asked('POST /orders')).toBe(ends.length);
  });

  it('that break under a question which does no harm twice are followed by a new one', async () => {
    const authority = await openRested();
    const before = server.requests.length;
    const cuts = new Set(['POST /orders/1', 'POST /challenges/1', 'POST /authorizations/1']);
    for (const what of cuts) {
      server.script(what, (_origin, _request, response) => {
        server.unscript(what);
        response.socket?.destroy();
        return undefined;
      });
    }
    await authority.readOrder(orderUrl());
    await authority.answer(`${server.origin}/challenges/1`);
    await authority.readChallenges(scriptedPlaced(server.origin));
    expect(server.requests.length - before).toBe(2 * cuts.size);
  });

  it('that break under an order or a CSR are a problem: it is sent once', async () => {
    const authority = await openRested();
    for (const [what, ask] of [
      ['POST /orders', () => authority.place({ names: [scriptedName] })],
      ['POST /orders/1/finalize', () => authority.finalize(scriptedPlaced(server.origin), csr)],
    ] as const) {
      await authority.readOrder(orderUrl());
      const before = server.connections();
      server.script(what, (_origin, _request, response) => void response.socket?.destroy());
      await expect(ask()).rejects.toMatchObject({ name: 'ca-unreachable' });
      expect([what, asked(what), server.connections() - before]).toEqual([what, 1, 0]);
    }
  });

  it('that break in the middle of an answer are a problem, whatever was asked', async () => {
    const authority = await openRested();
    const before = asked('POST /orders/1');
    server.script('POST /orders/1', (_origin, _request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{', () => response.socket?.destroy());
      return undefined;
    });
    await expect(authority.readOrder(orderUrl())).rejects.toMatchObject({ name: 'ca-unreachable' });
    expect(asked('POST /orders/1') - before).toBe(1);
  });

  it('that are new and break at once are a problem', async () => {
    const authority = await openRested();
    now = new Date(scriptedNow.getTime() + MAX_IDLE_MS);
    const before = asked('POST /orders/1');
    server.script('POST /orders/1', (_origin, _request, response) => void response.socket?.destroy());
    await expect(authority.readOrder(orderUrl())).rejects.toMatchObject({ name: 'ca-unreachable' });
    expect(asked('POST /orders/1') - before).toBe(1);
  });
});
