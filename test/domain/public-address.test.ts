// Which addresses we may be asked to connect to: public ones, spelled one way.

import { describe, expect, it } from 'vitest';
import { addressRefused, isAddressLike, judgeAddress } from '../../src/domain/public-address.ts';

describe('a public address', () => {
  it.each([
    { text: '8.8.8.8', family: 4, address: '8.8.8.8' },
    { text: '1.0.0.1', family: 4, address: '1.0.0.1' },
    { text: '100.63.255.255', family: 4, address: '100.63.255.255' },
    { text: '100.128.0.0', family: 4, address: '100.128.0.0' },
    { text: '172.15.255.255', family: 4, address: '172.15.255.255' },
    { text: '172.32.0.0', family: 4, address: '172.32.0.0' },
    { text: '198.17.255.255', family: 4, address: '198.17.255.255' },
    { text: '198.20.0.0', family: 4, address: '198.20.0.0' },
    { text: '203.0.112.255', family: 4, address: '203.0.112.255' },
    { text: '203.0.114.0', family: 4, address: '203.0.114.0' },
    { text: '223.255.255.255', family: 4, address: '223.255.255.255' },
    { text: '2001:4860:4860::8888', family: 6, address: '2001:4860:4860::8888' },
    { text: '2A00:1450:4001:0:0:0:0:200E', family: 6, address: '2a00:1450:4001::200e' },
    { text: '2001:200::1', family: 6, address: '2001:200::1' },
    { text: '2001:db9::1', family: 6, address: '2001:db9::1' },
  ])('$text is accepted as $address', ({ text, family, address }) => {
    expect(judgeAddress(text)).toEqual({ ok: true, family, address });
  });
});

describe('a special address', () => {
  it.each([
    { text: '0.0.0.0', why: '"this network" (RFC 791)' },
    { text: '10.255.255.255', why: 'private (RFC 1918)' },
    { text: '100.64.0.1', why: 'shared by a carrier (RFC 6598)' },
    { text: '127.0.0.1', why: 'loopback (RFC 1122)' },
    { text: '127.255.255.254', why: 'loopback (RFC 1122)' },
    { text: '169.254.169.254', why: 'link-local (RFC 3927)' },
    { text: '172.16.0.1', why: 'private (RFC 1918)' },
    { text: '172.31.255.255', why: 'private (RFC 1918)' },
    { text: '192.0.0.9', why: 'for IETF protocols (RFC 6890)' },
    { text: '192.0.2.1', why: 'for documentation (RFC 5737)' },
    { text: '192.31.196.1', why: 'for AS112 (RFC 7535)' },
    { text: '192.52.193.1', why: 'for AMT (RFC 7450)' },
    { text: '192.88.99.1', why: 'a 6to4 relay (RFC 7526)' },
    { text: '192.168.0.10', why: 'private (RFC 1918)' },
    { text: '192.175.48.6', why: 'for AS112 (RFC 7534)' },
    { text: '198.18.0.1', why: 'for benchmarks (RFC 2544)' },
    { text: '198.19.255.255', why: 'for benchmarks (RFC 2544)' },
    { text: '198.51.100.7', why: 'for documentation (RFC 5737)' },
    { text: '203.0.113.10', why: 'for documentation (RFC 5737)' },
    { text: '224.0.0.1', why: 'multicast (RFC 5771)' },
    { text: '240.0.0.1', why: 'reserved (RFC 1112)' },
    { text: '255.255.255.255', why: 'broadcast (RFC 919)' },
    { text: '::', why: 'unspecified (RFC 4291)' },
    { text: '::1', why: 'loopback (RFC 4291)' },
    { text: '0:0:0:0:0:0:0:1', why: 'loopback (RFC 4291)' },
    { text: '::ffff:7f00:1', why: 'IPv4 inside IPv6 (RFC 4291)' },
    { text: '::ffff:808:808', why: 'IPv4 inside IPv6 (RFC 4291)' },
    { text: '::ffff:8.8.8.8', why: 'IPv4 inside IPv6 (RFC 4291)' },
    { text: '::127.0.0.1', why: 'IPv4 inside IPv6 (RFC 4291)' },
    { text: '::7f00:1', why: 'IPv4 inside IPv6 (RFC 4291)' },
    { text: '::ffff:0:7f00:1', why: 'IPv4 inside IPv6 (RFC 2765)' },
    { text: '64:ff9b::7f00:1', why: 'NAT64 (RFC 6052)' },
    { text: '64:ff9b:1::a00:1', why: 'NAT64 (RFC 8215)' },
    { text: '100::1', why: 'discarded (RFC 6666)' },
    { text: '2001::1', why: 'Teredo (RFC 4380)' },
    { text: '2001:2::1', why: 'for benchmarks (RFC 5180)' },
    { text: '2001:20::1', why: 'for IETF protocols (RFC 2928)' },
    { text: '2001:db8::1', why: 'for documentation (RFC 3849)' },
    { text: '2002:7f00:1::', why: '6to4 (RFC 3056)' },
    { text: '2620:4f:8000::1', why: 'for AS112 (RFC 7534)' },
    { text: '3fff:fff::1', why: 'for documentation (RFC 9637)' },
    { text: '5f00::1', why: 'for segment routing (RFC 9602)' },
    { text: 'fd00:ec2::254', why: 'private (RFC 4193)' },
    { text: 'fe80::1', why: 'link-local (RFC 4291)' },
    { text: 'fec0::1', why: 'site-local (RFC 3879)' },
    { text: 'ff02::1', why: 'multicast (RFC 4291)' },
    { text: '4000::1', why: 'not assigned to anyone' },
    { text: 'fe80::1%eth0', why: 'bound to a zone of one machine (RFC 4007)' },
    { text: '2001:4860:4860::8888%1', why: 'bound to a zone of one machine (RFC 4007)' },
  ])('$text is $why', ({ text, why }) => {
    expect(judgeAddress(text)).toEqual({ ok: false, why });
  });
});

describe('an odd spelling', () => {
  const ambiguous = 'an IP address in an ambiguous spelling';
  it.each([
    { text: '010.0.0.1', why: ambiguous },
    { text: '8.8.8.08', why: ambiguous },
    { text: '2130706433', why: ambiguous },
    { text: '0x7f000001', why: ambiguous },
    { text: '0x7f.1', why: ambiguous },
    { text: '127.1', why: ambiguous },
    { text: '8.8.8.8.', why: ambiguous },
    { text: '2001:4860:4860:::8888', why: 'not an IP address' },
    { text: '2001:04860::1', why: ambiguous },
    { text: '1:2:3:4:5:6:7', why: 'not an IP address' },
    { text: '2001::4860::1', why: 'not an IP address' },
    { text: '[2001:4860:4860::8888]', why: ambiguous },
    { text: '8.8.8.256', why: 'not an IP address' },
    { text: '8.8.8.8/32', why: 'not an IP address' },
    { text: ' 8.8.8.8', why: ambiguous },
    { text: '8.8.8.8\n', why: 'not an IP address' },
    { text: '８.8.8.8', why: ambiguous },
    { text: '', why: 'not an IP address' },
    { text: 'pbx.northwind.test', why: 'not an IP address' },
    { text: '1'.repeat(10_000), why: 'not an IP address' },
  ])('$text is refused', ({ text, why }) => {
    expect(judgeAddress(text)).toEqual({ ok: false, why });
  });

  it.each([
    { host: '127.1', expected: true },
    { host: '2130706433', expected: true },
    { host: '127.0.0.1.', expected: true },
    { host: 'a.0x7f', expected: true },
    { host: '::1', expected: true },
    { host: '4.example', expected: false },
    { host: 'localhost', expected: false },
    { host: '', expected: false },
  ])('"$host" is to be judged as an address: $expected', ({ host, expected }) => {
    expect(isAddressLike(host)).toBe(expected);
  });
});

describe('the problem', () => {
  it('names the host and the address it stands for', () => {
    const problem = addressRefused({ host: 'pbx.northwind.test', address: '10.0.0.1', why: 'private (RFC 1918)' });
    expect(problem).toMatchObject({
      name: 'address-refused',
      message: 'address "10.0.0.1" of "pbx.northwind.test" is private (RFC 1918); we connect to public addresses only',
    });
  });

  it('does not say the address twice', () => {
    expect(addressRefused({ host: '::1', address: '::1', why: 'loopback' }).message).toBe(
      'address "::1" is loopback; we connect to public addresses only',
    );
  });
});
