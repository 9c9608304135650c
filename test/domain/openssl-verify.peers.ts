// Five hundred chains, good ones and such with a fault, judged by us and by OpenSSL: nothing we accept is refused there for the same name, time and roots.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publicKeyId, readCertificateFacts } from '../../src/domain/certificate-facts.ts';
import type { FindingCode } from '../../src/domain/certificate-findings.ts';
import { judgeCertificate } from '../../src/domain/certificate-judgement.ts';
import { makeTrust } from '../../src/domain/chain-building.ts';
import {
  type DerCertificate,
  type DerCertificateOptions,
  der,
  extension,
  makePair,
  selfSigned,
} from '../support/der-certificates.ts';
import { randomOf } from '../support/seeded.ts';

const CHAINS = 500;
const SEED = 20_261_126;
const NOW = new Date('2026-11-26T12:00:00Z');
const HOSTNAME = 'pbx.northwind.test';
const daysFromNow = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

/** What OpenSSL does not look at with these arguments, or is told not to. */
const OURS_ALONE: readonly FindingCode[] = [
  ...(['no-server-auth', 'key-usage-wrong', 'key-usage-old', 'old-signature', 'rsa-short', 'curve-unusual'] as const),
  ...(['key-unusual', 'rsa-exponent', 'lifetime-too-long', 'few-timestamps', 'intermediate-may-not-sign'] as const),
  // an authority handed in as a server's, which phones refuse
  'no-leaf',
  ...(['name-only-in-common-name', 'name-forbidden-by-issuer', 'against-standard'] as const),
];

const issuerDates = { notBefore: daysFromNow(-1_000), notAfter: daysFromNow(1_000) };
const leafDates = { notBefore: daysFromNow(-10), notAfter: daysFromNow(80) };
const unknownCritical = extension('1.3.6.1.4.1.55555.1', der(0x05), true);

const issuerFaults: readonly DerCertificateOptions[] = [
  {},
  {},
  {},
  { ca: { pathLength: 0 } },
  { ca: { pathLength: 1 } },
  { ca: { critical: false } },
  { keyUsage: null },
  { keyUsage: [6] },
  { notAfter: daysFromNow(-1) },
  { notBefore: daysFromNow(1) },
  { hash: 'sha1' },
  { withoutSubjectKeyId: true },
  { withoutAuthorityKeyId: true },
  { permittedDns: ['northwind.test'] },
  { permittedDns: ['customer.test'] },
  { permittedDirectory: true },
  { version: 1 },
  { more: [unknownCritical] },
  { usages: ['1.3.6.1.5.5.7.3.2'] },
];

const leafFaults: readonly DerCertificateOptions[] = [
  {},
  {},
  {},
  {},
  { names: ['*.northwind.test'] },
  { names: ['*.test'] },
  { names: ['other.test', HOSTNAME] },
  { names: ['other.test'] },
  { names: ['pb*.northwind.test'] },
  { subject: '', names: [HOSTNAME] },
  { subject: '', names: [HOSTNAME], criticalNames: false },
  { notBefore: daysFromNow(-90), notAfter: daysFromNow(-1) },
  { notBefore: daysFromNow(1) },
  { notAfter: daysFromNow(500) },
  { keyUsage: [0, 5] },
  { keyUsage: null },
  { usages: null },
  { hash: 'sha1' },
  { saidHash: 'sha384' },
  { withoutAuthorityKeyId: true },
  { withoutSubjectKeyId: true },
  { version: 1 },
  { more: [unknownCritical] },
  { pair: makePair('rsa2048') },
  { pair: makePair('rsa1024') },
  { pair: makePair('p384') },
  { pair: makePair('p224') },
  { ca: {}, names: [HOSTNAME] },
];

it(`agrees with openssl verify -x509_strict on ${CHAINS} chains, or says why not`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'openssl-verify-'));
  const random = randomOf(SEED);
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value;
  const seen = { both: 0, neither: 0, weAlone: 0 };
  const wrong: string[] = [];
  try {
    for (let n = 0; n < CHAINS; n += 1) {
      const root = selfSigned({ subject: `Root ${n}`, ...issuerDates });
      const other = selfSigned({ subject: `Root ${n}`, ...issuerDates });
      const chosen: object[] = [];
      const fault = (list: readonly DerCertificateOptions[]) => {
        const one = pick(list);
        chosen.push(one);
        return one;
      };
      let issuer: DerCertificate = random() < 0.03 ? other : root;
      const pool: DerCertificate[] = [];
      for (let depth = Math.floor(random() * 4); depth > 0; depth -= 1) {
        issuer = issuer.issue({
          subject: `Issuer ${n}.${depth}`,
          ca: {},
          ...issuerDates,
          ...fault(random() < 0.3 ? issuerFaults : [{}]),
        });
        pool.push(issuer);
      }
      const leaf = issuer.issue({ subject: `Leaf ${n}`, names: [HOSTNAME], ...leafDates, ...fault(leafFaults) });
      const untrusted = pool.filter(() => random() > 0.03);
      const judged = judgeCertificate(
        {
          certificates: [leaf, ...untrusted].map((one) => readCertificateFacts(one.der)),
          keys: [{ publicKey: publicKeyId(leaf.pair.publicKey), from: 'key' }],
        },
        {
          ...{ hostname: HOSTNAME, now: NOW, known: [], needsKey: true },
          trust: makeTrust({ publicRoots: [], addedRoots: [root.pem] }),
        },
      );
      const openssl = verify(folder, leaf, untrusted, root);
      const weAccept = judged.verdict !== 'refused';
      const codes = judged.findings.filter(({ severity }) => severity === 'refused').map(({ code }) => code);
      if (weAccept && openssl.ok) seen.both += 1;
      else if (!weAccept && !openssl.ok) seen.neither += 1;
      else if (weAccept) wrong.push(`${n}: accepted here, there ${openssl.said} ${JSON.stringify(chosen)}`);
      else {
        seen.weAlone += 1;
        // RFC 6125, 6.4.3: a wildcard within a label, which OpenSSL still knows
        const isPartial = JSON.stringify(chosen).includes('pb*');
        const unexplained = codes.filter(
          (code) => !OURS_ALONE.includes(code) && !(isPartial && code === 'name-not-covered'),
        );
        if (unexplained.length > 0)
          wrong.push(`${n}: refused here for ${unexplained.join()} ${JSON.stringify(chosen)}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(wrong).toEqual([]);
  expect(seen.both + seen.neither + seen.weAlone).toBe(CHAINS);
  for (const count of [seen.both, seen.neither, seen.weAlone]) expect(count).toBeGreaterThan(50);
});

function verify(folder: string, leaf: DerCertificate, untrusted: readonly DerCertificate[], root: DerCertificate) {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const args = [
    ...['verify', '-x509_strict', '-verify_hostname', HOSTNAME, '-attime', String(NOW.getTime() / 1000)],
    ...['-no-CApath', '-no-CAstore', '-CAfile', file('root.pem', root.pem)],
    ...(untrusted.length === 0 ? [] : ['-untrusted', file('pool.pem', untrusted.map(({ pem }) => pem).join(''))]),
    file('leaf.pem', leaf.pem),
  ];
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return { ok: status === 0, said: stderr.replaceAll(/\s+/g, ' ').slice(0, 200) };
}
