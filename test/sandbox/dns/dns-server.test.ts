// The sandbox's name server answers as an authoritative server does, and survives what is no question.

import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerMessage } from '../../../src/sandbox/dns/dns-message.ts';
import { DnsServer } from '../../../src/sandbox/dns/dns-server.ts';
import { indexZone, lookUp } from '../../../src/sandbox/dns/zone-lookup.ts';
import { northwind, southwind } from './zones-to-ask.ts';

const zones = new Map([northwind, southwind].map((zone) => [zone.name, indexZone(zone)]));
const look = (name: string, type: string) => lookUp(zones, name, type);

describe('a look-up', () => {
  it.each([
    { name: 'northwind.test', type: 'SOA', rcode: 'NOERROR', answers: ['northwind.test SOA'] },
    { name: 'northwind.test', type: 'NS', rcode: 'NOERROR', answers: ['northwind.test NS'] },
    { name: 'pbx.northwind.test', type: 'A', rcode: 'NOERROR', answers: ['pbx.northwind.test A'] },
    { name: 'pbx.northwind.test', type: 'AAAA', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'none.northwind.test', type: 'A', rcode: 'NXDOMAIN', answers: [], soa: true },
    { name: 'b.ent.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'ent.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'any.wild.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: ['any.wild.northwind.test TXT'] },
    { name: 'a.b.wild.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: ['a.b.wild.northwind.test TXT'] },
    { name: 'any.wild.northwind.test', type: 'A', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'wild.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'real.wild.northwind.test', type: 'TXT', rcode: 'NOERROR', answers: [], soa: true },
    { name: 'x.real.wild.northwind.test', type: 'TXT', rcode: 'NXDOMAIN', answers: [], soa: true },
    {
      name: 'alias.northwind.test',
      type: 'TXT',
      rcode: 'NOERROR',
      answers: ['alias.northwind.test CNAME', 'target.southwind.test TXT'],
    },
    { name: 'alias.northwind.test', type: 'CNAME', rcode: 'NOERROR', answers: ['alias.northwind.test CNAME'] },
    { name: 'away.northwind.test', type: 'A', rcode: 'NOERROR', answers: ['away.northwind.test CNAME'] },
    { name: 'dead.northwind.test', type: 'A', rcode: 'NXDOMAIN', answers: ['dead.northwind.test CNAME'], soa: true },
    { name: 'loop.northwind.test', type: 'A', rcode: 'SERVFAIL', answers: [] },
    { name: 'eastwind.test', type: 'A', rcode: 'REFUSED', answers: [] },
    { name: 'test', type: 'NS', rcode: 'REFUSED', answers: [] },
    { name: '', type: 'NS', rcode: 'REFUSED', answers: [] },
  ])('of $name $type is $rcode $answers', ({ name, type, rcode, answers, soa = false }) => {
    const found = look(name, type);
    expect(found.rcode).toBe(rcode);
    expect(found.answers.map((set) => `${set.name} ${set.type}`)).toEqual(answers);
    expect(found.authorities.map((set) => [set.type, set.ttl])).toEqual(soa ? [['SOA', 1]] : []);
  });

  it('below a delegation is a referral without authority', () => {
    const found = look('a.cut.northwind.test', 'A');
    expect(found).toMatchObject({ rcode: 'NOERROR', authoritative: false, answers: [] });
    expect(found.authorities.map(({ name, type }) => `${name} ${type}`)).toEqual(['cut.northwind.test NS']);
  });
});

describe('a message', () => {
  const ask = (query: dnsPacket.Packet, transport: 'udp' | 'tcp' = 'udp') => {
    const answer = answerMessage(dnsPacket.encode({ type: 'query', id: 7, ...query }), transport, look);
    return { bytes: answer?.length ?? 0, ...(answer ? dnsPacket.decode(answer) : undefined) };
  };
  const opt = (udpPayloadSize: number, ednsVersion = 0): dnsPacket.Answer => ({
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    extendedRcode: 0,
    ednsVersion,
    flags: 0,
    flag_do: false,
    options: [],
  });
  const rcodeOf = (packet: { flags?: number | undefined }) => (packet.flags ?? 0) & 15;

  it('comes back with its id, its question in the case it was asked, and authority', () => {
    const answer = ask({ flags: dnsPacket.RECURSION_DESIRED, questions: [{ name: 'PbX.nOrthwind.tesT', type: 'A' }] });
    expect(answer).toMatchObject({
      id: 7,
      type: 'response',
      flag_aa: true,
      flag_rd: true,
      flag_ra: false,
      flag_tc: false,
    });
    expect(answer.questions).toMatchObject([{ name: 'PbX.nOrthwind.tesT', type: 'A' }]);
    expect(answer.answers).toMatchObject([{ name: 'PbX.nOrthwind.tesT', data: '203.0.113.7', ttl: 60 }]);
  });

  it.each([
    { edns: undefined, transport: 'udp', cut: true },
    { edns: opt(512), transport: 'udp', cut: true },
    { edns: opt(100), transport: 'udp', cut: true },
    { edns: opt(4096), transport: 'udp', cut: false },
    { edns: undefined, transport: 'tcp', cut: false },
  ] as const)('with EDNS $edns.udpPayloadSize over $transport is cut short: $cut', ({ edns, transport, cut }) => {
    const question = { name: 'many.northwind.test', type: 'TXT' } as const;
    const answer = ask({ questions: [question], additionals: edns ? [edns] : [] }, transport);
    expect(answer.flag_tc).toBe(cut);
    expect(answer.answers).toHaveLength(cut ? 0 : 40);
    if (cut) expect(answer.bytes).toBeLessThanOrEqual(512);
    expect(answer.additionals).toHaveLength(edns ? 1 : 0);
  });

  it.each([
    { what: 'no question', query: {}, rcode: 1 },
    {
      what: 'two questions',
      query: {
        questions: [
          { name: 'pbx.northwind.test', type: 'A' },
          { name: 'pbx.northwind.test', type: 'TXT' },
        ],
      },
      rcode: 1,
    },
    { what: 'another opcode', query: { flags: 2 << 11 }, rcode: 4 },
    { what: 'another class', query: { questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] }, rcode: 5 },
    { what: 'a zone not ours', query: { questions: [{ name: 'eastwind.test', type: 'A' }] }, rcode: 5 },
  ] as const)('with $what gets rcode $rcode', ({ query, rcode }) => {
    const answer = ask({ ...query, questions: 'questions' in query ? [...query.questions] : [] });
    expect(rcodeOf(answer)).toBe(rcode);
    expect(answer.id).toBe(7);
  });

  it('of a newer EDNS is answered BADVERS', () => {
    const answer = ask({ questions: [{ name: 'pbx.northwind.test', type: 'A' }], additionals: [opt(1232, 1)] });
    expect(answer.additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
    expect(answer.answers).toEqual([]);
  });

  it('with a dot inside a label is not taken for another name', () => {
    const message = dnsPacket.encode({ type: 'query', id: 7, questions: [{ name: 'pbxxnorthwind.test', type: 'A' }] });
    message[12 + 1 + 3] = '.'.charCodeAt(0);
    const answer = answerMessage(message, 'udp', look);
    expect(answer && rcodeOf(dnsPacket.decode(answer))).toBe(1);
  });

  it('that is itself an answer, or no message, is not answered', () => {
    const response = dnsPacket.encode({ type: 'response', questions: [{ name: 'pbx.northwind.test', type: 'A' }] });
    expect(answerMessage(response, 'udp', look)).toBeUndefined();
    expect(answerMessage(Buffer.from('hello'), 'udp', look)).toBeUndefined();
  });

  it('of any bytes is answered or dropped, never thrown at', () => {
    const good = dnsPacket.encode({
      type: 'query',
      questions: [{ name: 'alias.northwind.test', type: 'TXT' }],
      additionals: [opt(1232)],
    });
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const message = Buffer.from(good);
        for (const [at, octet] of changes) message[at] = octet;
        return message;
      });
    const anything = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));
    fc.assert(
      fc.property(fc.oneof(mutated, anything), (message) => {
        const answer = answerMessage(message, 'udp', look);
        if (answer) expect(answer.readUInt16BE(0)).toBe(message.readUInt16BE(0));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('DnsServer', () => {
  async function open(): Promise<{ server: DnsServer; resolver: Resolver }> {
    const server = await DnsServer.start();
    onTestFinished(() => server.close());
    server.publish(northwind);
    server.publish(southwind);
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([`127.0.0.1:${server.port}`]);
    return { server, resolver };
  }

  it('answers a stock resolver for every type', async () => {
    const { resolver } = await open();
    expect(await resolver.resolve4('pbx.northwind.test')).toEqual(['203.0.113.7']);
    expect(await resolver.resolve6('six.northwind.test')).toEqual(['2001:db8::7']);
    expect(await resolver.resolveTxt('alias.northwind.test')).toEqual([['over there']]);
    expect(await resolver.resolveTxt('long.northwind.test')).toEqual([['a'.repeat(255), 'b'.repeat(100)]]);
    expect(await resolver.resolveCname('alias.northwind.test')).toEqual(['target.southwind.test']);
    expect(await resolver.resolveNs('northwind.test')).toEqual(['ns1.sandbox.test']);
    expect(await resolver.resolveSoa('northwind.test')).toMatchObject({ nsname: 'ns1.sandbox.test', minttl: 1 });
    expect(await resolver.resolveCaa('northwind.test')).toMatchObject([
      { critical: 0, issue: 'ca.sandbox.test' },
      { critical: 128, issuewild: ';' },
    ]);
  });

  it('lets a stock resolver ask again over TCP', async () => {
    const { resolver, server } = await open();
    expect(await resolver.resolveTxt('many.northwind.test')).toHaveLength(40);
    expect(server.queries).toBe(2);
  });

  it('answers from a new zone as soon as it is published', async () => {
    const { server, resolver } = await open();
    const records = [
      ...northwind.records,
      { name: 'new.northwind.test', type: 'A', ttl: 1, values: ['203.0.113.9'] } as const,
    ];
    await expect(resolver.resolve4('new.northwind.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    server.publish({ name: 'northwind.test', records });
    expect(await resolver.resolve4('new.northwind.test')).toEqual(['203.0.113.9']);
  });

  it('answers nobody while it is silent', async () => {
    const { server, resolver } = await open();
    server.turn({ silent: true });
    await expect(resolver.resolve4('pbx.northwind.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(server.queries).toBeGreaterThan(0);
  });

  it('answers several questions on one TCP connection, in pieces and with rubbish between', async () => {
    const { server } = await open();
    const socket = connect(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    const query = dnsPacket.streamEncode({
      type: 'query',
      id: 1,
      questions: [{ name: 'pbx.northwind.test', type: 'A' }],
    });
    const rubbish = Buffer.from([0, 3, 1, 2, 3]);
    const all = Buffer.concat([query, rubbish, query]);
    for (const octet of all) socket.write(Buffer.from([octet]));
    let held = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
    });
    const length = dnsPacket.streamEncode({
      type: 'response',
      questions: [{ name: 'pbx.northwind.test', type: 'A' }],
      answers: [{ name: 'pbx.northwind.test', type: 'A', data: '203.0.113.7' }],
    }).length;
    await expect.poll(() => held.length).toBe(2 * length);
  });

  it('stands a port that is taken for UDP and goes with both when it is closed', async () => {
    const taken = createSocket('udp4');
    taken.bind(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    await expect(DnsServer.start({ port: taken.address().port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const server = await DnsServer.start();
    await server.close();
    await server.close();
    const again = await DnsServer.start({ port: server.port });
    await again.close();
  });
});
