// Only a right answer with authority from the server itself counts as one.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as dnsPacket from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AuthoritativeDns } from '../../../src/adapters/dns/authoritative-dns.ts';
import { DnsServer } from '../../../src/sandbox/dns/dns-server.ts';

const name = '_acme-challenge.pbx.northwind.test';

async function serverWith(values: readonly string[]): Promise<DnsServer> {
  const server = await DnsServer.start();
  onTestFinished(() => server.close());
  server.publish({
    name: 'northwind.test',
    records: [
      {
        name: 'northwind.test',
        type: 'SOA',
        ttl: 900,
        values: ['ns1.sandbox.test. h.sandbox.test. 1 7200 900 1209600 1'],
      },
      { name, type: 'TXT', ttl: 60, values },
      { name: 'alias.northwind.test', type: 'CNAME', ttl: 60, values: [name] },
      { name: 'away.northwind.test', type: 'CNAME', ttl: 60, values: ['else.where.test.'] },
      { name: 'pbx.northwind.test', type: 'A', ttl: 60, values: ['203.0.113.7', '203.0.113.8'] },
    ],
  });
  return server;
}

function asking(port: number): AuthoritativeDns {
  return new AuthoritativeDns({ addressOf: async () => ({ address: '127.0.0.1', port }), timeoutMs: 150, attempts: 2 });
}

/** A server that answers over UDP with whatever `answer` makes of a question. */
async function scripted(answer: (query: dnsPacket.Packet, attempt: number) => readonly dnsPacket.Packet[]) {
  const socket = createSocket('udp4');
  let attempt = 0;
  socket.on('message', (message, from) => {
    attempt += 1;
    for (const packet of answer(dnsPacket.decode(message), attempt)) {
      socket.send(dnsPacket.encode(packet), from.port, from.address);
    }
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { dns: asking(socket.address().port), attempts: () => attempt };
}

const authoritative = dnsPacket.AUTHORITATIVE_ANSWER;
const txt = (value: string): dnsPacket.Answer => ({ name, type: 'TXT', ttl: 60, data: value });
const response = (query: dnsPacket.Packet, more: dnsPacket.Packet): dnsPacket.Packet => ({
  type: 'response',
  id: query.id,
  questions: query.questions,
  flags: authoritative,
  ...more,
});

describe('AuthoritativeDns', () => {
  it('answers with all values, strings of one value joined', async () => {
    const { port } = await serverWith(['"one"', '"two " "words"']);
    expect(await asking(port).ask('ns1', name, 'TXT')).toEqual(['one', 'two words']);
  });

  it('asks again over TCP when the answer is cut short', async () => {
    const values = Array.from({ length: 60 }, (_, index) => `"${String(index).padStart(43, 'x')}"`);
    const { port } = await serverWith(values);
    expect(await asking(port).ask('ns1', name, 'TXT')).toHaveLength(60);
  });

  it('answers with addresses of the asked family', async () => {
    const { port } = await serverWith([]);
    expect(await asking(port).ask('ns1', 'pbx.northwind.test', 'A')).toEqual(['203.0.113.7', '203.0.113.8']);
    expect(await asking(port).ask('ns1', 'pbx.northwind.test', 'AAAA')).toEqual([]);
  });

  it('answers with nothing where the server says that there is nothing', async () => {
    const { port } = await serverWith(['"v"']);
    expect(await asking(port).ask('ns1', 'none.northwind.test', 'TXT')).toEqual([]);
  });

  it('takes what the server itself answers behind an alias and nothing more', async () => {
    const { port } = await serverWith(['"v"']);
    expect(await asking(port).ask('ns1', 'alias.northwind.test', 'TXT')).toEqual(['v']);
    expect(await asking(port).ask('ns1', 'away.northwind.test', 'TXT')).toEqual([]);
  });

  it('knows nothing of a server that refuses, is silent, is closed or cannot be found', async () => {
    const server = await serverWith(['"v"']);
    const dns = asking(server.port);
    expect(await dns.ask('ns1', 'southwind.test', 'TXT')).toBeUndefined();
    server.turn({ silent: true });
    expect(await dns.ask('ns1', name, 'TXT')).toBeUndefined();
    await server.close();
    expect(await dns.ask('ns1', name, 'TXT')).toBeUndefined();
    const lost = new AuthoritativeDns({ addressOf: async () => Promise.reject(new Error('no such server')) });
    expect(await lost.ask('ns1', name, 'TXT')).toBeUndefined();
  });

  it('takes no answer without authority: that would be somebody’s memory', async () => {
    const { dns } = await scripted((query) => [response(query, { flags: 0, answers: [txt('v')] })]);
    expect(await dns.ask('ns1', name, 'TXT')).toBeUndefined();
  });

  it('takes no answer to another question, with another id or that is no answer, and waits for the right one', async () => {
    const { dns } = await scripted((query) => [
      response(query, { id: ((query.id ?? 0) + 1) % 0x10000, answers: [txt('wrong id')] }),
      response(query, { questions: [{ name: 'other.northwind.test', type: 'TXT' }], answers: [txt('wrong name')] }),
      response(query, { type: 'query', answers: [txt('a question')] }),
      response(query, { answers: [txt('right')] }),
    ]);
    expect(await dns.ask('ns1', name, 'TXT')).toEqual(['right']);
  });

  it('asks once more when a packet is lost', async () => {
    const { dns, attempts } = await scripted((query, attempt) =>
      attempt === 1 ? [] : [response(query, { answers: [txt('late')] })],
    );
    expect(await dns.ask('ns1', name, 'TXT')).toEqual(['late']);
    expect(attempts()).toBe(2);
  });

  it.each([
    { rcode: 2, what: 'fails' },
    { rcode: 5, what: 'refuses' },
  ])('knows nothing when the server $what', async ({ rcode }) => {
    const { dns } = await scripted((query) => [response(query, { flags: authoritative | rcode, answers: [txt('v')] })]);
    expect(await dns.ask('ns1', name, 'TXT')).toBeUndefined();
  });
});
