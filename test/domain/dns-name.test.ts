// Which hostnames a server may have, and what a person is told about the others.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, longestZone, parseHostname } from '../../src/domain/dns-name.ts';
import { Problem } from '../../src/domain/problem.ts';

const label63 = 'a'.repeat(63);
const name253 = `${label63}.${label63}.${label63}.${'b'.repeat(61)}`;

describe('a hostname', () => {
  it.each([
    { written: 'pbx.northwind.test', kept: 'pbx.northwind.test' },
    { written: 'PBX.Northwind.TEST', kept: 'pbx.northwind.test' },
    { written: 'pbx.northwind.test.', kept: 'pbx.northwind.test' },
    { written: '3cx-1.0n.test', kept: '3cx-1.0n.test' },
    { written: 'xn--bcher-kva.example', kept: 'xn--bcher-kva.example' },
    { written: 'pbx.xn--p1ai', kept: 'pbx.xn--p1ai' },
    { written: `${label63}.test`, kept: `${label63}.test` },
    { written: name253, kept: name253 },
    { written: `${name253}.`, kept: name253 },
  ])('is taken: $written', ({ written, kept }) => {
    expect(parseHostname(written, 'hostname')).toBe(kept);
  });

  it.each([
    { what: 'empty text', written: '', why: 'is empty; give the full name' },
    { what: 'a lone dot', written: '.', why: 'is empty; give the full name' },
    {
      what: 'an IPv4 address',
      written: '203.0.113.10',
      why: 'is an IP address; phones check a name, so give the full',
    },
    { what: 'half an IPv4 address', written: '127.1', why: 'is an IP address' },
    { what: 'an IPv6 address', written: '2001:db8::1', why: 'is an IP address' },
    { what: 'an IPv6 address in brackets', written: '[2001:db8::1]', why: 'is an IP address' },
    { what: 'what programs read as an address', written: 'pbx.0x7f', why: 'ends in a number' },
    { what: 'a number for a top level', written: 'pbx.northwind.1', why: 'ends in a number' },
    { what: 'the factory name', written: 'localhost.localdomain', why: 'is the factory name; set the full name' },
    { what: 'the factory name, shouted', written: 'LOCALHOST.localdomain.', why: 'is the factory name' },
    { what: 'localhost', written: 'localhost', why: 'is the factory name' },
    {
      what: 'an underscore',
      written: 'my_pbx.northwind.test',
      why: 'underscore, which no public certificate may carry; use',
    },
    { what: 'a wildcard', written: '*.northwind.test', why: 'is a wildcard; give the one name of this server' },
    { what: 'a wildcard inside', written: 'pbx*.northwind.test', why: 'is a wildcard' },
    { what: 'a long label', written: `${label63}a.test`, why: 'has a label of 64 characters; a label has at most 63' },
    { what: 'a long name', written: `${name253}b`, why: 'has 254 characters; a DNS name has at most 253' },
    { what: 'an IDN', written: 'bücher.example', why: 'give it as A-labels: xn--bcher-kva.example' },
    { what: 'an IDN with a final dot', written: 'bücher.example.', why: 'give it as A-labels: xn--bcher-kva.example' },
    { what: 'a sign that only looks like a k', written: 'p\u212a.test', why: 'give it as A-labels: pk.test' },
    { what: 'an IDN that is too long', written: `${'é'.repeat(60)}.test`, why: 'has characters no DNS name may have' },
    { what: 'an IDN with an empty label', written: 'é..test', why: 'has characters no DNS name may have' },
    { what: 'a tab', written: 'pbx\t.northwind.test', why: 'has characters no DNS name may have' },
    { what: 'a line end', written: 'pbx.northwind.test\n', why: 'has characters no DNS name may have' },
    { what: 'a sign of no width', written: 'p\u200bbx.test', why: 'has characters no DNS name may have' },
    { what: 'half a character', written: '\ud83d.test', why: 'has characters no DNS name may have' },
    { what: 'half a punycode', written: 'xn--a.test', why: 'is no valid A-label' },
    { what: 'punycode of nothing', written: 'xn--abc-.test', why: 'has a label "xn--abc-"' },
    { what: 'hyphens where A-labels have them', written: 'ab--cd.test', why: 'is no valid A-label; hyphens' },
    {
      what: 'a blank',
      written: ' pbx.northwind.test',
      why: 'has a label " pbx"; a label is letters, digits and inner',
    },
    { what: 'an empty label', written: 'pbx..test', why: 'has a label ""' },
    { what: 'a leading hyphen', written: '-pbx.test', why: 'has a label "-pbx"' },
    { what: 'a URL', written: 'https://pbx.northwind.test', why: 'has a label "https://pbx"' },
    { what: 'a port', written: 'pbx.northwind.test:21326', why: 'has a label "test:21326"' },
    { what: 'one label', written: 'pbx', why: 'has one label; give the full name, with its domain' },
  ])('is refused for $what, with the field and the remedy', ({ written, why }) => {
    const parse = () => parseHostname(written, 'server.hostname');
    expect(parse).toThrow(expect.objectContaining({ name: 'bad-request', field: 'server.hostname' }));
    expect(parse).toThrow(/^server\.hostname "/);
    expect(parse).toThrow(why);
  });

  it('is either kept in one form for good or refused in one printable line', () => {
    const hostname = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.domain(),
      fc.stringMatching(/^[-a-zA-Z0-9._*:ßé]{1,80}$/),
    );
    fc.assert(
      fc.property(hostname, (written) => {
        const seen = parseOrProblem(written);
        if (typeof seen !== 'string') {
          expect(seen.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(seen.message.length).toBeLessThan(1_000);
          return;
        }
        expect(parseHostname(seen, 'hostname')).toBe(seen);
        expect(seen).toMatch(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
      { numRuns: 300, seed: 20_270_111 },
    );
  });
});

describe('a zone', () => {
  it.each([
    { name: 'pbx.northwind.test', zone: 'northwind.test', within: true },
    { name: 'northwind.test', zone: 'northwind.test', within: true },
    { name: 'southnorthwind.test', zone: 'northwind.test', within: false },
    { name: 'test', zone: 'northwind.test', within: false },
  ])('holds $name in $zone: $within', ({ name, zone, within }) => {
    expect(isWithin(name, zone)).toBe(within);
  });

  it('is the longest of those a name lies in', () => {
    const zones = ['test', 'voice.northwind.test', 'northwind.test'];
    expect(longestZone('pbx.voice.northwind.test', zones)).toBe('voice.northwind.test');
    expect(longestZone('pbx.northwind.test', zones)).toBe('northwind.test');
    expect(longestZone('pbx.southwind.example', zones)).toBeUndefined();
  });
});

function parseOrProblem(written: string): string | Problem {
  try {
    return parseHostname(written, 'hostname');
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
