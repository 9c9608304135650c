// The sandbox's Network keeps the production adapter's rules and cannot leave the machine.

import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxNetwork } from '../../src/sandbox/sandbox-network.ts';
import { networkContract } from '../contracts/network.ts';
import { type HelloServer, startHelloServer } from '../support/hello-server.ts';

describe('SandboxNetwork', () => {
  networkContract(async () => {
    const server = await startHelloServer();
    const answers = new Map<string, readonly string[] | 'never'>([['pbx.northwind.test', ['203.0.113.10']]]);
    const lookUps: string[] = [];
    const network = new SandboxNetwork({
      services: { '203.0.113.10:21326': server.port, '203.0.113.11:21326': 'silent' },
      resolve: async (name) => {
        lookUps.push(name);
        const answer = answers.get(name) ?? [];
        return answer === 'never' ? await new Promise<never>(() => undefined) : answer;
      },
    });
    return {
      network,
      standing: { name: 'pbx.northwind.test', address: '203.0.113.10', port: 21_326 },
      closed: { host: '203.0.113.12', port: 21_326 },
      silent: { host: '203.0.113.11', port: 21_326 },
      answer: (name, addresses) => answers.set(name, addresses),
      lookUps: () => lookUps,
      open: server.open,
      close: server.close,
    };
  });

  describe('beyond the contract', () => {
    let server: HelloServer;
    let network: SandboxNetwork;

    beforeEach(async () => {
      server = await startHelloServer();
      network = new SandboxNetwork({ resolve: async () => ['203.0.113.10'] });
    });

    afterEach(async () => {
      await server.close();
    });

    it.each(['8.8.8.8', '1.1.1.1', '2001:4860:4860::8888'])('does not go out to %s', async (host) => {
      await expect(network.connect({ host, port: 443 }, 500)).rejects.toMatchObject({
        name: 'address-refused',
        message: expect.stringContaining(`"${host}" is outside the sandbox`),
      });
    });

    it('follows the table as it changes', async () => {
      const target = { host: 'pbx.northwind.test', port: 22 };
      await expect(network.connect(target, 500)).rejects.toThrow('connection refused');
      network.map('203.0.113.10', 22, server.port);
      const stream = await network.connect(target, 500);
      stream.end();
      expect(await text(stream)).toBe('hello');
      network.map('203.0.113.10', 22, server.closedPort);
      await expect(network.connect(target, 500)).rejects.toThrow('connection refused');
      network.map('203.0.113.10', 22, 'silent');
      await expect(network.connect(target, 30)).rejects.toThrow('in time');
      network.unmap('203.0.113.10', 22);
      await expect(network.connect(target, 500)).rejects.toThrow('connection refused');
    });

    it('lets localhost be dialled at the port of its own authority only', async () => {
      network.allowLocalhost(server.port);
      const stream = await network.connect({ host: 'localhost', port: server.port }, 500);
      stream.end();
      expect(await text(stream)).toBe('hello');
      await expect(network.connect({ host: 'localhost', port: server.closedPort }, 500)).rejects.toThrow('loopback');
      await expect(network.connect({ host: '127.0.0.1', port: server.port }, 500)).rejects.toThrow('loopback');
      await expect(network.connect({ host: 'x.localhost', port: server.port }, 500)).rejects.toThrow('loopback');
    });

    it('maps nothing outside its documentation addresses', () => {
      expect(() => network.map('127.0.0.1', 22, server.port)).toThrow('203.0.113.0/24');
      expect(() => network.map('203.0.113.300', 22, server.port)).toThrow('203.0.113.0/24');
    });

    it('says why a name is not resolved', async () => {
      const lost = new SandboxNetwork({ resolve: () => Promise.reject(new Error('the name servers fail')) });
      await expect(lost.connect({ host: 'pbx.northwind.test', port: 22 }, 500)).rejects.toThrow(
        '"pbx.northwind.test" port 22 cannot be reached: the name servers fail',
      );
    });
  });
});
