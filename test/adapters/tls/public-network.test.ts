// The production Network: the judged address is the one that is dialled, and each address gets its share of the time.

import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { dialAddress, PublicNetwork, resolvePublicly } from '../../../src/adapters/tls/public-network.ts';
import { networkContract } from '../../contracts/network.ts';
import { startHelloServer } from '../../support/hello-server.ts';

const NEVER = new Promise<never>(() => undefined);

describe('PublicNetwork', () => {
  networkContract(async () => {
    const server = await startHelloServer();
    const answers = new Map<string, readonly string[] | 'never'>([['pbx.example.com', ['8.8.4.4']]]);
    const lookUps: string[] = [];
    const network = new PublicNetwork({
      resolve: async (name) => {
        lookUps.push(name);
        const answer = answers.get(name) ?? [];
        return answer === 'never' ? await NEVER : answer;
      },
      dial: async (address) => {
        if (address === '8.8.4.5') return await NEVER;
        return await dialLoopback(address === '8.8.4.4' ? server.port : server.closedPort);
      },
    });
    return {
      network,
      standing: { name: 'pbx.example.com', address: '8.8.4.4', port: 21_326 },
      closed: { host: '8.8.4.6', port: 21_326 },
      silent: { host: '8.8.4.5', port: 21_326 },
      answer: (name, addresses) => answers.set(name, addresses),
      lookUps: () => lookUps,
      open: server.open,
      close: server.close,
    };
  });

  it('dials the address that was judged, in its normal form', async () => {
    const { network, dialled } = dialling(['8.8.4.4']);
    await network.connect({ host: 'pbx.example.com', port: 443 }, 1_000);
    await network.connect({ host: '2001:4860:4860:0:0:0:0:8888', port: 443 }, 1_000);
    expect(dialled).toEqual(['8.8.4.4', '2001:4860:4860::8888']);
  });

  it('goes to the next address when one fails and when one is silent, within one deadline', async () => {
    const { network, dialled } = dialling(['1.1.1.1', '9.9.9.9', '8.8.4.4'], {
      '1.1.1.1': 'refused',
      '9.9.9.9': 'silent',
      '8.8.4.4': 'slow',
    });
    await network.connect({ host: 'pbx.example.com', port: 443 }, 200);
    expect(dialled).toEqual(['1.1.1.1', '9.9.9.9', '8.8.4.4']);
  });

  it('says what every address answered when all fail', async () => {
    const { network } = dialling(['1.1.1.1', '9.9.9.9'], { '1.1.1.1': 'refused', '9.9.9.9': 'silent' });
    await expect(network.connect({ host: 'pbx.example.com', port: 443 }, 100)).rejects.toThrow(
      '"pbx.example.com" port 443 cannot be reached: 1.1.1.1: connection refused; 9.9.9.9: no answer in time',
    );
  });

  it('judges a long answer to its end and dials eight of it at most', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `8.8.4.${index}`);
    const refused = Object.fromEntries(many.map((address) => [address, 'refused' as const]));
    const { network, dialled } = dialling(many, refused);
    await expect(network.connect({ host: 'pbx.example.com', port: 443 }, 500)).rejects.toThrow('cannot be reached');
    expect(dialled).toEqual(many.slice(0, 8));
    const late = dialling([...many, '10.0.0.1']);
    await expect(late.network.connect({ host: 'pbx.example.com', port: 443 }, 500)).rejects.toThrow('is private');
    expect(late.dialled).toEqual([]);
  });

  it('closes a connection that comes up after the deadline', async () => {
    const late = Promise.withResolvers<Duplex>();
    const network = new PublicNetwork({ resolve: async () => [], dial: () => late.promise });
    await expect(network.connect({ host: '8.8.4.4', port: 443 }, 20)).rejects.toThrow('in time');
    const stream = openStream();
    late.resolve(stream);
    await expect.poll(() => stream.destroyed).toBe(true);
  });

  it.each([
    'a b.example',
    'a\r\nb.example',
    'a..example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}aa`,
    '',
    'ä.example',
  ])('does not look up %j', async (host) => {
    const network = new PublicNetwork({ resolve: () => Promise.reject(new Error('looked up')) });
    await expect(network.connect({ host, port: 443 }, 100)).rejects.toMatchObject({
      name: 'bad-request',
      field: 'host',
    });
  });

  it('dials with a socket that names its failure and gives up when told', async () => {
    const server = await startHelloServer();
    const { signal } = new AbortController();
    const stream = await dialAddress('127.0.0.1', server.port, signal);
    stream.end();
    expect(await text(stream)).toBe('hello');
    await expect(dialAddress('127.0.0.1', server.closedPort, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const late = new AbortController();
    const dialled = dialAddress('127.0.0.1', server.port, late.signal);
    late.abort();
    await expect(dialled).rejects.toThrow('no answer in time');
    await server.close();
  });

  it.each([
    { when: 'both answer', v4: ['8.8.4.4'], v6: ['2001:4860::1'], expected: ['8.8.4.4', '2001:4860::1'] },
    { when: 'there is no AAAA', v4: ['8.8.4.4'], v6: undefined, expected: ['8.8.4.4'] },
    { when: 'there is no A', v4: undefined, v6: ['2001:4860::1'], expected: ['2001:4860::1'] },
  ])('takes what it gets when $when', async ({ v4, v6, expected }) => {
    const answer = (values: readonly string[] | undefined) => () =>
      values === undefined ? Promise.reject(new Error('ENODATA')) : Promise.resolve([...values]);
    const resolver = { resolve4: answer(v4), resolve6: answer(v6) };
    expect(await resolvePublicly('pbx.example.com', resolver)).toEqual(expected);
  });

  it('says why there is neither A nor AAAA', async () => {
    const fails = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    await expect(resolvePublicly('pbx.example.com', { resolve4: fails, resolve6: fails })).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  it.each([
    { code: 'ENOTFOUND', says: 'its name does not exist' },
    { code: 'ESERVFAIL', says: 'its name servers fail' },
    { code: 'ETIMEOUT', says: 'its name servers do not answer' },
  ])('says that $says on $code', async ({ code, says }) => {
    const network = new PublicNetwork({ resolve: () => Promise.reject(Object.assign(new Error('dns'), { code })) });
    await expect(network.connect({ host: 'pbx.example.com', port: 443 }, 100)).rejects.toThrow(says);
  });
});

type Behaviour = 'refused' | 'silent' | 'slow';

function dialling(addresses: readonly string[], behaviours: Readonly<Record<string, Behaviour>> = {}) {
  const dialled: string[] = [];
  const network = new PublicNetwork({
    resolve: async () => addresses,
    dial: async (address) => {
      dialled.push(address);
      if (behaviours[address] === 'silent') return await NEVER;
      if (behaviours[address] === 'slow') await new Promise((resolve) => setTimeout(resolve, 20));
      if (behaviours[address] === 'refused') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      return openStream();
    },
  });
  return { network, dialled };
}

function openStream(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}

async function dialLoopback(port: number): Promise<Duplex> {
  const socket = connect({ host: '127.0.0.1', port });
  return await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}
