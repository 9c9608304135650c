// Each fault alone, in a certificate that has exactly that one; what is repaired; and that the order of what was sent changes nothing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publicKeyId, readCertificateFacts } from '../../src/domain/certificate-facts.ts';
import { FINDINGS, type FindingCode } from '../../src/domain/certificate-findings.ts';
import { type Judgement, type JudgementRules, judgeCertificate } from '../../src/domain/certificate-judgement.ts';
import { makeTrust } from '../../src/domain/chain-building.ts';
import { LIFETIME_LIMITS, lifetimeLimit } from '../../src/domain/leaf-rules.ts';
import {
  CLIENT_AUTH,
  type DerCertificate,
  type DerCertificateOptions,
  der,
  extension,
  makePair,
  selfSigned,
} from '../support/der-certificates.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const NAME = 'pbx.northwind.test';
const DAY_MS = 86_400_000;
const daysFromNow = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const LONG_AGO = daysFromNow(-1_000);
const issuerDates = { notBefore: LONG_AGO, notAfter: daysFromNow(3_000) };
const leafDates = { notBefore: daysFromNow(-10), notAfter: daysFromNow(80) };

const root = selfSigned({ subject: 'Public Root', ...issuerDates });
const middle = root.issue({ subject: 'Public Intermediate', ca: { pathLength: 0 }, ...issuerDates });
const trust = makeTrust({ publicRoots: [root.pem], addedRoots: [] });

interface Sent {
  readonly certificates: readonly DerCertificate[];
  readonly keys?: readonly DerCertificate[];
  readonly rules?: Partial<JudgementRules>;
}

function judge({ certificates, keys = certificates.slice(0, 1), rules = {} }: Sent): Judgement {
  return judgeCertificate(
    {
      certificates: certificates.map((one) => readCertificateFacts(one.der)),
      keys: keys.map((one, i) => ({ publicKey: publicKeyId(one.pair.publicKey), from: `key ${i + 1}` })),
    },
    { hostname: NAME, now: NOW, trust, known: [], needsKey: true, ...rules },
  );
}

function leaf(change: DerCertificateOptions = {}, by: DerCertificate = middle): DerCertificate {
  return by.issue({ names: [NAME], ...leafDates, ...change });
}

const codes = ({ findings }: Judgement) => findings.map(({ code }) => code);

it('a good one is judged to be good, and nothing is said', () => {
  const one = leaf();
  const judged = judge({ certificates: [one, middle] });
  expect([judged.verdict, codes(judged)]).toEqual(['phones-connect', []]);
  expect(judged.chain.map(({ title }) => title)).toEqual([NAME, 'Public Intermediate']);
  expect([judged.root?.title, judged.keyIndex]).toEqual(['Public Root', 0]);
});

const privateRoot = selfSigned({ subject: 'Northwind Root', ...issuerDates });
const otherMiddle = root.issue({ subject: 'Public Intermediate', ca: {}, ...issuerDates });
const ended = root.issue({ subject: 'Old Intermediate', ca: {}, notBefore: LONG_AGO, notAfter: daysFromNow(-1) });
const limited = root.issue({ subject: 'Limited', ca: {}, permittedDns: ['customer.test'], ...issuerDates });
const noAuthority = root.issue({ subject: 'No authority', names: ['x.test'], ...issuerDates });
const crossed = selfSigned({ subject: 'Second Root', ...issuerDates });
const cross = crossed.issue({
  subject: 'Public Intermediate',
  ca: { pathLength: 0 },
  pair: middle.pair,
  ...issuerDates,
});
const stray = root.issue({ subject: 'Stray', ca: {}, ...issuerDates });
const mine = leaf();

/** `also`: what comes along with the fault by its nature. */
const faults: Readonly<Record<FindingCode, Sent & { readonly also?: readonly FindingCode[] }>> = {
  'no-certificate': { certificates: [] },
  'no-leaf': { certificates: [middle, root] },
  'several-leaves': { certificates: [mine, middle, leaf({ names: ['other.test'] })] },
  'key-missing': { certificates: [mine, middle], keys: [] },
  'key-not-given': { certificates: [mine, middle], keys: [], rules: { needsKey: false } },
  'key-does-not-match': { certificates: [mine, middle], keys: [leaf()] },
  'name-not-covered': { certificates: [leaf({ names: ['other.test'] }), middle] },
  'wildcard-too-shallow': { certificates: [leaf({ names: ['*.test'] }), middle] },
  'name-only-in-common-name': {
    certificates: [middle.issue({ subject: NAME, ...leafDates }), middle],
  },
  expired: { certificates: [leaf({ notBefore: daysFromNow(-90), notAfter: daysFromNow(-1) }), middle] },
  'not-yet-valid': { certificates: [leaf({ notBefore: daysFromNow(1), notAfter: daysFromNow(90) }), middle] },
  'ends-soon': { certificates: [leaf({ notBefore: daysFromNow(-80), notAfter: daysFromNow(10) }), middle] },
  'lifetime-too-long': { certificates: [leaf({ notBefore: daysFromNow(-10), notAfter: daysFromNow(191) }), middle] },
  'self-signed': { certificates: [selfSigned({ subject: 'UCX', names: [NAME], ...leafDates })] },
  'private-authority': { certificates: [leaf({}, privateRoot), privateRoot], also: ['root-left-out'] },
  'chain-incomplete': { certificates: [mine] },
  'wrong-intermediate': { certificates: [mine, otherMiddle], also: ['chain-incomplete'] },
  'intermediate-expired': { certificates: [leaf({}, ended), ended] },
  'intermediate-may-not-sign': { certificates: [leaf({}, noAuthority), noAuthority] },
  'name-forbidden-by-issuer': { certificates: [leaf({}, limited), limited] },
  revoked: { certificates: [mine, middle], rules: { revocation: () => 'revoked' } },
  'revocation-unknown': { certificates: [mine, middle], rules: { revocation: () => 'unknown' } },
  'no-server-auth': { certificates: [leaf({ usages: [CLIENT_AUTH] }), middle] },
  'key-usage-wrong': { certificates: [leaf({ keyUsage: [4] }), middle] },
  'key-usage-old': { certificates: [leaf({ keyUsage: [2], pair: makePair('rsa2048') }), middle] },
  'old-signature': { certificates: [leaf({ hash: 'sha1' }), middle] },
  'rsa-short': { certificates: [leaf({ pair: makePair('rsa1024') }), middle] },
  'rsa-exponent': { certificates: [leaf({ pair: makePair('rsa-e3') }), middle] },
  'curve-unusual': { certificates: [leaf({ pair: makePair('p224') }), middle] },
  'key-unusual': { certificates: [leaf({ pair: makePair('ed25519') }), middle] },
  'few-timestamps': { certificates: [leaf({ timestamps: 1 }), middle] },
  'against-standard': { certificates: [leaf({ withoutAuthorityKeyId: true }), middle] },
  'ec-on-old-server': { certificates: [mine, middle], rules: { isOldServer: true } },
  'key-on-other-server': { certificates: [mine, middle], rules: { usedBy: () => 'second.northwind.test' } },
  'chain-reordered': { certificates: [middle, mine], keys: [mine] },
  'chain-completed': { certificates: [mine], rules: { known: [readCertificateFacts(middle.der)] } },
  'root-left-out': { certificates: [mine, middle, root] },
  'stray-left-out': { certificates: [mine, middle, stray] },
  'several-chains': {
    certificates: [mine, middle],
    rules: {
      trust: makeTrust({ publicRoots: [root.pem, crossed.pem], addedRoots: [] }),
      known: [readCertificateFacts(cross.der)],
    },
  },
};

describe.each(Object.entries(faults))('%s', (code, { also = [], ...sent }) => {
  it('is found where it is, alone, and with what it means', () => {
    const judged = judge(sent);
    expect(new Set(codes(judged))).toEqual(new Set([code, ...also]));
    const severity = FINDINGS[code as FindingCode].severity;
    const worst = [severity, ...also.map((one) => FINDINGS[one].severity)];
    const verdict = worst.includes('refused')
      ? 'refused'
      : worst.includes('desktop-only')
        ? 'desktop-only'
        : 'phones-connect';
    expect(judged.verdict).toBe(verdict);
    for (const { sentence, remedy } of judged.findings) {
      expect(sentence.length).toBeGreaterThan(10);
      expect(sentence).not.toMatch(/\n|undefined/);
      expect(remedy).toMatch(/^[A-Z]/);
    }
  });
});

describe('against the standard', () => {
  const poison = extension('1.3.6.1.4.1.11129.2.4.3', der(0x05), true);
  const unknown = extension('1.3.6.1.4.1.55555.1', der(0x05), true);
  it.each([
    { what: 'two signature algorithms', options: { saidHash: 'sha384' as const } },
    { what: 'an unknown critical extension', options: { more: [unknown] } },
    { what: 'a precertificate', options: { more: [poison] } },
    { what: 'an empty subject without critical names', options: { subject: '', criticalNames: false } },
    { what: 'a key that signs certificates', options: { keyUsage: [0, 5] } },
  ])('is $what', ({ options }) => {
    expect(codes(judge({ certificates: [leaf(options), middle] }))).toContain('against-standard');
  });

  it.each([
    { what: 'not marked as one', options: { ca: { critical: false } } },
    { what: 'without an identifier of its key', options: { ca: {}, withoutSubjectKeyId: true } },
    { what: 'that does not say what its key may do', options: { ca: {}, keyUsage: null } },
  ])('is an authority $what', ({ options }) => {
    const bad = root.issue({ subject: 'Bad', ...options, ...issuerDates });
    expect(codes(judge({ certificates: [leaf({}, bad), bad] }))).toContain('against-standard');
  });

  it.each([
    { what: 'limits its path', bad: root.issue({ subject: 'Outer', ca: { pathLength: 0 }, ...issuerDates }) },
    { what: 'may not sign', bad: root.issue({ subject: 'Outer', ca: {}, keyUsage: [6], ...issuerDates }) },
    {
      what: 'may not sign for servers',
      bad: root.issue({ subject: 'Outer', ca: {}, usages: [CLIENT_AUTH], ...issuerDates }),
    },
  ])('an authority that $what is found out', ({ bad }) => {
    const inner = bad.issue({ subject: 'Inner', ca: {}, ...issuerDates });
    expect(codes(judge({ certificates: [leaf({}, inner), inner, bad] }))).toContain('intermediate-may-not-sign');
  });
});

it('of an expired intermediate and its successor the successor is taken, though both were sent', () => {
  const old = root.issue({ subject: 'Twin', ca: {}, notBefore: LONG_AGO, notAfter: daysFromNow(-1) });
  const young = root.issue({ subject: 'Twin', ca: {}, pair: old.pair, ...issuerDates });
  const one = leaf({}, old);
  const judged = judge({ certificates: [one, old, young] });
  expect([judged.verdict, codes(judged)]).toEqual(['phones-connect', ['stray-left-out']]);
  expect(judged.chain[1]?.fingerprint).toBe(readCertificateFacts(young.der).fingerprint);
});

it('says where a missing intermediate can be had', () => {
  const one = leaf({ caIssuers: 'http://aia.test/middle.der' });
  expect(judge({ certificates: [one] }).missingIssuerUrls).toEqual(['http://aia.test/middle.der']);
});

it('an authority that our people added is trusted, without timestamps', () => {
  const rules = { trust: makeTrust({ publicRoots: [], addedRoots: [privateRoot.pem] }) };
  expect(judge({ certificates: [leaf({ timestamps: 0 }, privateRoot)], rules }).verdict).toBe('phones-connect');
});

it('the limits of a lifetime are those in force on its first day', () => {
  expect(LIFETIME_LIMITS.map(({ days }) => days)).toEqual([47, 100, 200, 398, 825]);
  expect(lifetimeLimit(new Date('2026-03-14T23:59:59Z'))).toBe(398);
  expect(lifetimeLimit(new Date('2026-03-15T00:00:00Z'))).toBe(200);
  expect(lifetimeLimit(new Date('2027-03-15T00:00:00Z'))).toBe(100);
  expect(lifetimeLimit(new Date('2029-03-15T00:00:00Z'))).toBe(47);
});

it('whatever order and however often the certificates come in, the verdict and the chain are the same', () => {
  const all = [mine, middle, root, stray, leaf({ names: ['other.test'] }), privateRoot];
  const usual = judge({ certificates: all, keys: [mine] });
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      const judged = judge({ certificates: shuffled, keys: [privateRoot, mine] });
      expect(judged.verdict).toBe(usual.verdict);
      expect(judged.chain.map(({ fingerprint }) => fingerprint)).toEqual(
        usual.chain.map(({ fingerprint }) => fingerprint),
      );
    }),
    { seed: 20_261_126, numRuns: 100 },
  );
});

it('hundreds of cross-signed authorities do not keep it busy', () => {
  const pair = makePair();
  const twins = Array.from({ length: 18 }, (_, i) =>
    selfSigned({ subject: i % 2 === 0 ? 'A' : 'B', pair, ...issuerDates }),
  );
  const tangle = twins.flatMap((one, i) => [
    one.issue({ subject: i % 2 === 0 ? 'B' : 'A', ca: {}, pair, ...issuerDates }),
  ]);
  const end = selfSigned({ subject: 'A', pair, ...issuerDates }).issue({ names: [NAME], ...leafDates });
  expect(codes(judge({ certificates: [end, ...tangle] }))).toContain('chain-incomplete');
});
