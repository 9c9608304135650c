// What every Network keeps; see the numbered rules of src/ports/network.ts.

import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Network, NetworkTarget } from '../../src/ports/network.ts';

export interface NetworkUnderTest {
  readonly network: Network;
  /** A name whose only address the adapter accepts; a server stands there that sends `hello` and then all it is sent. */
  readonly standing: { readonly name: string; readonly address: string; readonly port: number };
  /** An acceptable address and port where nothing listens. */
  readonly closed: NetworkTarget;
  /** An acceptable address and port that never answers. */
  readonly silent: NetworkTarget;
  /** What the name answers from now on; `never` leaves the question open for good. */
  readonly answer: (name: string, addresses: readonly string[] | 'never') => void;
  /** Names looked up so far. */
  readonly lookUps: () => readonly string[];
  /** Streams the server has now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export function networkContract(start: () => Promise<NetworkUnderTest>): void {
  describe('as Network', () => {
    let world: NetworkUnderTest;

    beforeEach(async () => {
      world = await start();
    });

    afterEach(async () => {
      await world.close();
    });

    it('connects to a name, looked up once', async () => {
      const { network, standing, lookUps } = world;
      const stream = await network.connect({ host: standing.name, port: standing.port }, 2_000);
      stream.end('and good bye');
      expect(await text(stream)).toBe('helloand good bye');
      expect(lookUps()).toEqual([standing.name]);
    });

    it('connects to an address without a look-up', async () => {
      const { network, standing, lookUps } = world;
      const stream = await network.connect({ host: standing.address, port: standing.port }, 2_000);
      stream.end();
      expect(await text(stream)).toBe('hello');
      expect(lookUps()).toEqual([]);
    });

    it('leaves the stream open until the caller closes it', async () => {
      const { network, standing, open } = world;
      const stream = await network.connect({ host: standing.name, port: standing.port }, 2_000);
      await expect.poll(open).toBe(1);
      expect(stream.destroyed).toBe(false);
      stream.destroy();
      await expect.poll(open).toBe(0);
    });

    it.each([
      '127.0.0.1',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '192.0.2.1',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:203.0.113.10',
      '64:ff9b::7f00:1',
      'fe80::1',
      'fd00::1',
      '2001:db8::1',
      '2130706433',
      '0x7f.1',
      '127.1',
      '010.0.0.1',
      'localhost',
      'LOCALHOST.',
      'a.localhost',
    ])('refuses %s', async (host) => {
      const connection = world.network.connect({ host, port: world.standing.port }, 2_000);
      await expect(connection).rejects.toMatchObject({
        name: 'address-refused',
        message: expect.stringContaining(`"${host}"`),
      });
      expect([world.lookUps(), world.open()]).toEqual([[], 0]);
    });

    it.each(['127.0.0.1', '10.0.0.1', '::1', '::ffff:7f00:1', '169.254.169.254'])(
      'refuses a name that answers with %s, also beside a good address',
      async (address) => {
        const { network, standing, answer } = world;
        const target = { host: standing.name, port: standing.port };
        const refusal = {
          name: 'address-refused',
          message: expect.stringContaining(`"${address}" of "${standing.name}"`),
        };
        answer(standing.name, [address]);
        await expect(network.connect(target, 2_000)).rejects.toMatchObject(refusal);
        answer(standing.name, [standing.address, address]);
        await expect(network.connect(target, 2_000)).rejects.toMatchObject(refusal);
        expect(world.open()).toBe(0);
      },
    );

    it('names host, port and cause when nothing listens', async () => {
      const { network, closed } = world;
      await expect(network.connect(closed, 2_000)).rejects.toMatchObject({
        name: 'server-unreachable',
        message: expect.stringMatching(new RegExp(`"${closed.host}" port ${closed.port} .*connection refused`)),
      });
    });

    it('gives up at the deadline when nobody answers', async () => {
      const { network, silent } = world;
      await expect(network.connect(silent, 60)).rejects.toMatchObject({
        name: 'server-unreachable',
        message: expect.stringMatching(new RegExp(`"${silent.host}" port ${silent.port} .*in time`)),
      });
    });

    it('gives up at the deadline when the name is not resolved', async () => {
      const { network, standing, answer } = world;
      answer(standing.name, 'never');
      await expect(network.connect({ host: standing.name, port: standing.port }, 60)).rejects.toMatchObject({
        name: 'server-unreachable',
        message: expect.stringContaining('in time'),
      });
    });

    it('cannot reach a name without addresses', async () => {
      const { network, standing, answer } = world;
      answer(standing.name, []);
      await expect(network.connect({ host: standing.name, port: standing.port }, 2_000)).rejects.toMatchObject({
        name: 'server-unreachable',
        message: expect.stringContaining('has no address'),
      });
    });

    it.each([0, -1, 65_536, 1.5, Number.NaN])('refuses port %s as bad input', async (port) => {
      await expect(world.network.connect({ host: world.standing.name, port }, 2_000)).rejects.toMatchObject({
        name: 'bad-request',
        field: 'port',
      });
    });
  });
}
