// Whether an address is one that a server on the public internet can have, and if not, why not.

import ipaddr from 'ipaddr.js';
import { Problem } from './problem.ts';

export type AddressJudgement =
  | { readonly ok: true; readonly family: 4 | 6 /** RFC 5952 for IPv6. */; readonly address: string }
  | { readonly ok: false /** What it is instead, to be read after "is". */; readonly why: string };

type SpecialBlock = readonly [block: string, why: string];

/**
 * IANA IPv4 Special-Purpose Address Registry, multicast and the old class E
 * (https://www.iana.org/assignments/iana-ipv4-special-registry). Blocks that the registry calls globally reachable
 * (AS112, AMT, protocol anycast) are in it too: none of them is the address of one customer's server.
 */
const SPECIAL_V4: readonly SpecialBlock[] = [
  ['0.0.0.0/8', '"this network" (RFC 791)'],
  ['10.0.0.0/8', 'private (RFC 1918)'],
  ['100.64.0.0/10', 'shared by a carrier (RFC 6598)'],
  ['127.0.0.0/8', 'loopback (RFC 1122)'],
  ['169.254.0.0/16', 'link-local (RFC 3927)'],
  ['172.16.0.0/12', 'private (RFC 1918)'],
  ['192.0.0.0/24', 'for IETF protocols (RFC 6890)'],
  ['192.0.2.0/24', 'for documentation (RFC 5737)'],
  ['192.31.196.0/24', 'for AS112 (RFC 7535)'],
  ['192.52.193.0/24', 'for AMT (RFC 7450)'],
  ['192.88.99.0/24', 'a 6to4 relay (RFC 7526)'],
  ['192.168.0.0/16', 'private (RFC 1918)'],
  ['192.175.48.0/24', 'for AS112 (RFC 7534)'],
  ['198.18.0.0/15', 'for benchmarks (RFC 2544)'],
  ['198.51.100.0/24', 'for documentation (RFC 5737)'],
  ['203.0.113.0/24', 'for documentation (RFC 5737)'],
  ['224.0.0.0/4', 'multicast (RFC 5771)'],
  ['255.255.255.255/32', 'broadcast (RFC 919)'],
  ['240.0.0.0/4', 'reserved (RFC 1112)'],
];

/**
 * IANA IPv6 Special-Purpose Address Registry (https://www.iana.org/assignments/iana-ipv6-special-registry). First match
 * counts. Tunnels that carry an IPv4 address are refused whatever they carry: a server is named by its own address.
 */
const SPECIAL_V6: readonly SpecialBlock[] = [
  ['::/128', 'unspecified (RFC 4291)'],
  ['::1/128', 'loopback (RFC 4291)'],
  ['::ffff:0:0/96', 'IPv4 inside IPv6 (RFC 4291)'],
  ['::ffff:0:0:0/96', 'IPv4 inside IPv6 (RFC 2765)'],
  ['::/96', 'IPv4 inside IPv6 (RFC 4291)'],
  ['64:ff9b::/96', 'NAT64 (RFC 6052)'],
  ['64:ff9b:1::/48', 'NAT64 (RFC 8215)'],
  ['100::/64', 'discarded (RFC 6666)'],
  ['2001::/32', 'Teredo (RFC 4380)'],
  ['2001:2::/48', 'for benchmarks (RFC 5180)'],
  ['2001:db8::/32', 'for documentation (RFC 3849)'],
  ['2001::/23', 'for IETF protocols (RFC 2928)'],
  ['2002::/16', '6to4 (RFC 3056)'],
  ['2620:4f:8000::/48', 'for AS112 (RFC 7534)'],
  ['3fff::/20', 'for documentation (RFC 9637)'],
  ['5f00::/16', 'for segment routing (RFC 9602)'],
  ['fc00::/7', 'private (RFC 4193)'],
  ['fe80::/10', 'link-local (RFC 4291)'],
  ['fec0::/10', 'site-local (RFC 3879)'],
  ['ff00::/8', 'multicast (RFC 4291)'],
];

/** All public IPv6 unicast there is (RFC 4291, 2.4; https://www.iana.org/assignments/ipv6-unicast-address-assignments). */
const GLOBAL_UNICAST_V6 = '2000::/3';

const FOUR_DECIMALS = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const HEX_GROUPS = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}$/i;

/** The longest IPv6 text there is, dotted part included, is 45 characters. */
const MAX_TEXT_LENGTH = 45;

/**
 * Takes an address as people write it: four decimals, or IPv6 groups without a zone. Spellings that programs read
 * differently (`010.0.0.1`, `2130706433`, `127.1`, `::ffff:1.2.3.4`) are refused rather than guessed.
 */
export function judgeAddress(text: string): AddressJudgement {
  if (text.length > MAX_TEXT_LENGTH) return { ok: false, why: 'not an IP address' };
  if (FOUR_DECIMALS.test(text)) return judgeV4(text);
  if (text.includes('%')) return { ok: false, why: 'bound to a zone of one machine (RFC 4007)' };
  if (text.includes(':') && text.includes('.')) return { ok: false, why: 'IPv4 inside IPv6 (RFC 4291)' };
  if (HEX_GROUPS.test(text)) return judgeV6(text);
  const why = isAddressLike(text) ? 'an IP address in an ambiguous spelling' : 'not an IP address';
  return { ok: false, why };
}

/**
 * Whether a host is to be judged as an address and must never be looked up: it has a colon or its last label is a number,
 * as in the URL standard (https://url.spec.whatwg.org/#ends-in-a-number-checker).
 */
export function isAddressLike(host: string): boolean {
  if (host.includes(':')) return true;
  const last = host.replace(/\.$/, '').split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

/** The problem of rule 2 of the network port. `host` is what was asked for, `address` what it stands for. */
export function addressRefused({ host, address, why }: { host: string; address: string; why: string }): Problem {
  const of = host === address ? '' : ` of "${host}"`;
  return new Problem('address-refused', `address "${address}"${of} is ${why}; we connect to public addresses only`);
}

function judgeV4(text: string): AddressJudgement {
  if (!ipaddr.IPv4.isValid(text)) return { ok: false, why: 'not an IP address' };
  const address = ipaddr.IPv4.parse(text);
  const special = SPECIAL_V4.find(([block]) => address.match(ipaddr.IPv4.parseCIDR(block)));
  if (special !== undefined) return { ok: false, why: special[1] };
  return { ok: true, family: 4, address: address.toString() };
}

function judgeV6(text: string): AddressJudgement {
  if (!ipaddr.IPv6.isValid(text)) return { ok: false, why: 'not an IP address' };
  const address = ipaddr.IPv6.parse(text);
  const special = SPECIAL_V6.find(([block]) => address.match(ipaddr.IPv6.parseCIDR(block)));
  if (special !== undefined) return { ok: false, why: special[1] };
  if (!address.match(ipaddr.IPv6.parseCIDR(GLOBAL_UNICAST_V6))) return { ok: false, why: 'not assigned to anyone' };
  return { ok: true, family: 6, address: address.toRFC5952String() };
}
