// Looks at a server as phones do, from the internet: DNS at its own name servers, then real handshakes at the site port.

import type { Looked, ReadinessFacts, SeenEndpoint } from '../domain/readiness.ts';
import { addressTypeOf } from '../domain/wanted-records.ts';
import type { Sighting } from '../ports/probes.ts';
import { getItem, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'publicDns' | 'probes' | 'clock' | 'log'>;

export interface LookInput extends StepInput {
  readonly hostname: string;
  /** Names the look. */
  readonly askedAt: string;
}

export type OutsideFacts = Pick<ReadinessFacts, 'address' | 'dnssec' | 'caa' | 'outside' | 'asApple'>;

/** Never leaves by the address that servers allow: it would prove our reachability, not a phone's. What cannot be found out is `not-checked`. */
export const lookOutside = step('look-outside', async (input: LookInput, services: Needs) => {
  const { value: server } = await getItem(services.inventory, serverKey(input.partner, input.hostname));
  const { hostname, sitePort, publicIp } = server;
  const { publicDns, probes } = services;
  const [records, dnssec, caa, sighting] = await Promise.all([
    publicDns.findRecords(hostname, addressTypeOf(publicIp)),
    publicDns.judgeDnssec(hostname),
    publicDns.findCaa(hostname),
    probes.outside({ name: hostname, port: sitePort }),
  ]);
  const asApple =
    sighting.kind === 'served' ? await probes.outside({ name: hostname, port: sitePort, as: 'apple' }) : undefined;
  const facts: OutsideFacts = {
    address: records.kind === 'found' ? seen(records.values) : notChecked(records.why),
    dnssec: dnssec.kind === 'unknown' ? notChecked(dnssec.why) : seen(dnssec.kind),
    caa: caa.kind === 'unknown' ? notChecked(caa.why) : seen(caa.kind === 'none' ? undefined : issuersOf(caa.records)),
    outside: seen(describeEndpoint(sighting)),
    asApple: asApple === undefined ? notChecked('nothing answered at all') : seen(describeEndpoint(asApple)),
  };
  return done(facts, `from outside: ${sighting.kind === 'served' ? 'something answers' : sighting.why}`);
});

/** Values of `issue`; RFC 8659, 4.2: a domain, perhaps with parameters after a semicolon, or nothing, which is nobody. */
function issuersOf(
  records: readonly { readonly tag: string; readonly value: string }[],
): readonly string[] | undefined {
  const issue = records.filter(({ tag }) => tag.toLowerCase() === 'issue');
  if (issue.length === 0) return undefined;
  return issue.map(({ value }) => (value.split(';')[0] ?? '').trim()).filter((issuer) => issuer !== '');
}

export function describeEndpoint(sighting: Sighting): SeenEndpoint {
  if (sighting.kind === 'unreachable') return sighting;
  const { fingerprint, trusted, distrust, names, issuer, notBefore, notAfter, protocol } = sighting.served;
  return {
    kind: 'served',
    chain: {
      ...{ fingerprint, trusted, distrust, issuer, protocol },
      names: names.slice(0, 20),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
    },
  };
}

export function seen<Value>(value: Value): Looked<Value> {
  return { kind: 'seen', value };
}

export function notChecked(why: string): Looked<never> {
  return { kind: 'not-checked', why };
}
