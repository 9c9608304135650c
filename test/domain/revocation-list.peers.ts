// Lists that openssl made: a leaf is found on its issuer's list, and on nothing else.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCertificateFacts } from '../../src/domain/certificate-facts.ts';
import { findRevocation } from '../../src/domain/revocation-list.ts';
import { type DerCertificate, makePair, selfSigned } from '../support/der-certificates.ts';

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crl-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeList(issuer: DerCertificate, revoked: readonly DerCertificate[]): Buffer {
  for (const [name, text] of Object.entries({
    'ca.pem': issuer.pem,
    'ca.key': issuer.keyPem,
    'index.txt': '',
    crlnumber: '01\n',
    'ca.conf': `[ca]\ndefault_ca=d\n[d]\ndatabase=${file('index.txt')}\ncrlnumber=${file('crlnumber')}\ndefault_md=sha256\ndefault_crl_days=7\n`,
  }))
    writeFileSync(file(name), text);
  const ca = ['ca', '-config', file('ca.conf'), '-cert', file('ca.pem'), '-keyfile', file('ca.key')];
  for (const one of revoked) {
    writeFileSync(file('leaf.pem'), one.pem);
    execFileSync('openssl', [...ca, '-revoke', file('leaf.pem')], { stdio: 'ignore' });
  }
  execFileSync('openssl', [...ca, '-gencrl', '-out', file('crl.pem')], { stdio: 'ignore' });
  execFileSync('openssl', ['crl', '-in', file('crl.pem'), '-outform', 'DER', '-out', file('crl.der')]);
  return readFileSync(file('crl.der'));
}

it.each(['p256', 'rsa2048'] as const)('a list signed with a key of the kind %s tells who is on it', (kind) => {
  const issuer = selfSigned({ subject: 'Listed', pair: makePair(kind) });
  const [bad, good] = [issuer.issue({ names: ['bad.test'] }), issuer.issue({ names: ['good.test'] })];
  const list = makeList(issuer, [bad]);
  const facts = (one: DerCertificate) => readCertificateFacts(one.der);
  const look = (leaf: DerCertificate, by = issuer, now = new Date(), bytes: Uint8Array = list) =>
    findRevocation(bytes, facts(leaf), facts(by), now);
  expect([look(bad), look(good)]).toEqual(['revoked', 'good']);
  expect(look(good, issuer, new Date(Date.now() + 8 * 86_400_000))).toBe('unknown');
  expect(look(good, selfSigned({ subject: 'Listed' }))).toBe('unknown');
  expect(look(good, selfSigned({ subject: 'Other' }))).toBe('unknown');
  for (let at = 0; at < list.length; at += 3) {
    const changed = Buffer.from(list);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    expect(look(bad, issuer, new Date(), changed)).not.toBe('good');
  }
  expect(look(bad, issuer, new Date(), list.subarray(0, 50))).toBe('unknown');
});
