// The readiness report: who connects, what stops whom, and nothing said of what was not looked at.

import { describe, expect, it } from 'vitest';
import {
  CLIENTS,
  judgeReadiness,
  type Looked,
  type ReadinessCode,
  type ReadinessFacts,
  type SeenChain,
  type SeenEndpoint,
} from '../../src/domain/readiness.ts';
import { judgeNames } from '../../src/domain/three-names.ts';

const NAME = 'pbx.customer.example';
const NOW = new Date('2027-02-01T00:00:00Z');

const chain: SeenChain = {
  fingerprint: 'aa',
  trusted: true,
  distrust: undefined,
  names: [NAME],
  issuer: 'CN=R3',
  notBefore: '2027-01-01T00:00:00Z',
  notAfter: '2027-04-01T00:00:00Z',
  protocol: 'TLSv1.3',
};

function seen<Value>(value: Value): Looked<Value> {
  return { kind: 'seen', value };
}
const hidden = { kind: 'not-checked', why: 'no SSH' } as const;
const served = (change: Partial<SeenChain> = {}) =>
  seen<SeenEndpoint>({ kind: 'served', chain: { ...chain, ...change } });
const gone = seen<SeenEndpoint>({ kind: 'unreachable', why: 'connection refused' });

const good: ReadinessFacts = {
  hostname: NAME,
  sitePort: 21_326,
  publicIp: '198.51.100.7',
  address: seen(['198.51.100.7']),
  dnssec: seen('sound'),
  caa: seen(undefined),
  outside: served(),
  asApple: served(),
  inside: served(),
  names: seen([]),
  pushServer: seen(true),
};

/** On every report: nobody can see these from here. */
const ALWAYS: readonly ReadinessCode[] = ['bypass-unseen', 'transparency-unseen', 'rtp-unseen', 'public-ip-field'];

/** `y`es, `n`o or `?` for iPhone, Android, browser and desktop client. */
function verdictsOf(facts: Partial<ReadinessFacts>): string {
  const { verdicts } = judgeReadiness({ ...good, ...facts }, NOW);
  return CLIENTS.map((client) => ({ yes: 'y', no: 'n', 'cannot-say': '?' })[verdicts[client]]).join('');
}

describe('a server where all is well', () => {
  it('lets everybody in, and still says what nobody could look at', () => {
    expect(verdictsOf({})).toBe('yyyy');
    expect(judgeReadiness(good, NOW).findings.map(({ code }) => code)).toEqual(ALWAYS);
  });
});

describe('a report', () => {
  const untrusted = (distrust: string) => ({ outside: served({ trusted: false, distrust }), asApple: served() });

  it.each<{
    when: string;
    facts: Partial<ReadinessFacts>;
    code: ReadinessCode;
    verdicts: string;
    who: string;
    says: string;
  }>([
    {
      when: 'the name has no address',
      facts: { address: seen([]) },
      code: 'address-missing',
      verdicts: 'nnnn',
      who: 'customer-dns',
      says: 'Set the address record of pbx.customer.example to 198.51.100.7',
    },
    {
      when: 'the name leads elsewhere',
      facts: { address: seen(['192.0.2.1']) },
      code: 'address-other',
      verdicts: 'yyyy',
      who: 'customer-dns',
      says: 'leads to 192.0.2.1, the server is known at 198.51.100.7',
    },
    {
      when: 'DNSSEC is broken',
      facts: { dnssec: seen('bogus') },
      code: 'dnssec-bogus',
      verdicts: 'nnnn',
      who: 'customer-dns',
      says: 'do not answer',
    },
    {
      when: 'the port is shut outside and open inside',
      facts: { outside: gone, asApple: hidden },
      code: 'site-port-closed',
      verdicts: 'nnnn',
      who: 'customer-network',
      says: 'though InfinityOne answers on the server: connection refused',
    },
    {
      when: 'the port is shut outside and the inside was not seen',
      facts: { outside: gone, asApple: hidden, inside: hidden },
      code: 'site-port-closed',
      verdicts: 'nnnn',
      who: 'customer-network',
      says: 'cannot be reached from the internet: connection refused',
    },
    {
      when: 'InfinityOne is down',
      facts: { outside: gone, asApple: hidden, inside: gone },
      code: 'site-down',
      verdicts: 'nnnn',
      who: 'ucx-administrator',
      says: 'Start InfinityOne',
    },
    {
      when: 'the port leads to another machine',
      facts: { inside: served({ fingerprint: 'bb' }) },
      code: 'site-other',
      verdicts: 'yyyy',
      who: 'customer-network',
      says: 'another certificate than the server itself',
    },
    {
      when: 'an intermediate is missing',
      facts: untrusted('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      code: 'chain-incomplete',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'Browsers may hide this fault, phones do not',
    },
    {
      when: 'the factory certificate is served',
      facts: untrusted('DEPTH_ZERO_SELF_SIGNED_CERT'),
      code: 'chain-untrusted',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'is signed by itself',
    },
    {
      when: 'it has ended',
      facts: untrusted('CERT_HAS_EXPIRED'),
      code: 'chain-expired',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'has ended',
    },
    {
      when: 'it is not valid yet',
      facts: untrusted('CERT_NOT_YET_VALID'),
      code: 'chain-not-yet',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'is not valid yet',
    },
    {
      when: 'it is for another name',
      facts: untrusted('ERR_TLS_CERT_ALTNAME_INVALID'),
      code: 'chain-name',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'is for another name',
    },
    {
      when: 'it is for clients',
      facts: untrusted('INVALID_PURPOSE'),
      code: 'chain-usage',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: 'may not be used by a server',
    },
    {
      when: 'its key is short',
      facts: untrusted('EE_KEY_TOO_SMALL'),
      code: 'key-short',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: '2048 bits',
    },
    {
      when: 'OpenSSL has another word',
      facts: untrusted('CERT_REJECTED'),
      code: 'chain-untrusted',
      verdicts: 'nnny',
      who: 'emetrotel',
      says: '(CERT_REJECTED)',
    },
    {
      when: 'Apple finds no handshake',
      facts: { asApple: gone },
      code: 'tls-old',
      verdicts: 'nyyy',
      who: 'emetrotel',
      says: 'no certificate changes this',
    },
    {
      when: 'a tenth of the lifetime is left',
      facts: { outside: served({ notAfter: '2027-02-04T00:00:00Z' }) },
      code: 'ends-soon',
      verdicts: 'yyyy',
      who: 'emetrotel',
      says: 'ends 2027-02-04',
    },
    {
      when: 'the Site URL is an address',
      facts: {
        names: seen(
          judgeNames({ siteUrl: 'https://192.168.1.200:21326', hostname: NAME }, { names: [NAME], sitePort: 21_326 }),
        ),
      },
      code: 'site-url',
      verdicts: 'yyyy',
      who: 'ucx-administrator',
      says: 'is the address 192.168.1.200',
    },
    {
      when: 'the UCX has another name',
      facts: {
        names: seen(
          judgeNames({ siteUrl: `https://${NAME}:21326`, hostname: 'ucx' }, { names: [NAME], sitePort: 21_326 }),
        ),
      },
      code: 'ucx-hostname',
      verdicts: 'yyyy',
      who: 'ucx-administrator',
      says: 'calls itself "ucx"',
    },
    {
      when: 'the push server is shut out',
      facts: { pushServer: seen(false) },
      code: 'push-blocked',
      verdicts: 'yyyy',
      who: 'customer-network',
      says: 'The push servers are in Canada',
    },
    {
      when: 'a bypass is open',
      facts: { bypass: { reason: 'trial', until: '2027-03-01T00:00:00Z' } },
      code: 'bypass-open',
      verdicts: 'yyyy',
      who: 'ucx-administrator',
      says: 'is open until 2027-03-01T00:00:00Z (trial)',
    },
    {
      when: 'a bypass is past its end',
      facts: { bypass: { reason: 'trial', until: '2027-01-01T00:00:00Z' } },
      code: 'bypass-open',
      verdicts: 'yyyy',
      who: 'ucx-administrator',
      says: 'should have ended 2027-01-01T00:00:00Z',
    },
    {
      when: 'CAA names issuers',
      facts: { caa: seen(['letsencrypt.org']) },
      code: 'caa-limits',
      verdicts: 'yyyy',
      who: 'customer-dns',
      says: 'lets letsencrypt.org issue',
    },
    {
      when: 'CAA lets nobody issue',
      facts: { caa: seen([]) },
      code: 'caa-limits',
      verdicts: 'yyyy',
      who: 'customer-dns',
      says: 'lets nobody issue',
    },
  ])('says what is so when $when, and to whom', ({ facts, code, verdicts, who, says }) => {
    const { findings } = judgeReadiness({ ...good, ...facts }, NOW);
    const finding = findings.find((one) => one.code === code);
    expect([findings[0]?.code === code || finding?.severity === 'advice', finding?.who, verdictsOf(facts)]).toEqual([
      true,
      who,
      verdicts,
    ]);
    expect(`${finding?.sentence}. ${finding?.remedy}`).toContain(says);
  });

  it.each<{ what: string; facts: Partial<ReadinessFacts>; code: ReadinessCode; verdicts: string }>([
    { what: 'DNS', facts: { address: hidden, dnssec: hidden, caa: hidden }, code: 'dns-unseen', verdicts: 'yyyy' },
    { what: 'the outside', facts: { outside: hidden, asApple: hidden }, code: 'outside-unseen', verdicts: '????' },
    { what: 'the handshake of Apple', facts: { asApple: hidden }, code: 'bypass-unseen', verdicts: '?yyy' },
    { what: 'the inside', facts: { inside: hidden }, code: 'inside-unseen', verdicts: 'yyyy' },
    { what: 'the names', facts: { names: hidden }, code: 'names-unseen', verdicts: 'yyyy' },
    {
      what: 'a name',
      facts: { names: seen(judgeNames({ hostname: NAME }, { names: [NAME], sitePort: 21_326 })) },
      code: 'names-unseen',
      verdicts: 'yyyy',
    },
    { what: 'the way to the push server', facts: { pushServer: hidden }, code: 'push-unseen', verdicts: 'yyyy' },
  ])('does not speak for $what where it was not looked at', ({ facts, code, verdicts }) => {
    const { findings } = judgeReadiness({ ...good, ...facts }, NOW);
    expect(findings.find((one) => one.code === code)?.severity).toBe('not-checked');
    expect(findings.filter(({ severity }) => severity === 'stops' || severity === 'warns')).toEqual([]);
    expect(verdictsOf(facts)).toBe(verdicts);
  });

  it('names first what stops clients', () => {
    const { findings } = judgeReadiness({ ...good, pushServer: seen(false), address: seen([]) }, NOW);
    expect(findings.map(({ severity }) => severity)).toEqual([
      'stops',
      'warns',
      'not-checked',
      'not-checked',
      'advice',
      'advice',
    ]);
  });
});
