// Clients that other people wrote, unmodified: certbot and lego obtain, renew and revoke over HTTPS, and OpenSSL agrees with all of it.

import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { type AcmeProgramOptions, certbotFor, legoFor } from '../../support/acme-programs.ts';
import { type ChallengeDns, startChallengeDns } from '../../support/challenge-dns.ts';
import { readList, verifyChain } from '../../support/openssl-revocation.ts';
import { fetchDer } from './fetch-der.ts';

const NAME = 'pbx.fabrikam.test';
/** Its challenge, and that of its wildcard, is an alias into another zone. */
const ALIASED = 'northwind.test';
const ALIAS = `_acme-challenge.${ALIASED}`;
const TARGET = 'northwind.validation.test';
const EXTERNAL = { keyId: 'partner-7', hmacKey: Buffer.alloc(32, 'k').toString('base64url') };

/** Hostile where these clients follow the rules. certbot tries again once only when its nonce is refused. */
const DIALS: Partial<CaDials> = { refuseNonces: 0, reuseAuthorizations: 0 };

describe('certbot', () => {
  const terms = ['--agree-tos', '--email', 'ops@northwind.test', '--no-eff-email'];

  it('obtains an EC leaf, renews it with the chain to the other root, and revokes it', async () => {
    const world = await openWorld();
    const certbot = await certbotFor(world.options);
    const live = join(world.options.folder, 'live', NAME, 'fullchain.pem');
    await certbot(['certonly', ...terms, '--key-type', 'ecdsa', '-d', NAME]);
    const first = await readFile(live, 'utf8');
    const alternate = new X509Certificate(world.ca.alternateRootPem).subject.replace('CN=', '');
    await certbot(['renew', '--force-renewal', '--preferred-chain', alternate]);
    const second = await readFile(live, 'utf8');

    expect([first, second].map(keyOf)).toEqual(['ec', 'ec']);
    expect(serialOf(second)).not.toBe(serialOf(first));
    expect(await verifyChain({ chain: first, rootPem: world.ca.rootPem, hostname: NAME })).toBe('OK');
    expect(await verifyChain({ chain: second, rootPem: world.ca.alternateRootPem, hostname: NAME })).toBe('OK');
    expect([world.dns.names(), world.dns.presented.length]).toEqual([[], 2]);

    await certbot(['revoke', '--cert-name', NAME, '--reason', 'superseded', '--no-delete-after-revoke']);
    await expectRevoked(world, {
      revoked: second,
      rootPem: world.ca.alternateRootPem,
      hostname: NAME,
      why: 'Superseded',
    });
    const crl = await fetchDer(world.ca, '/crl/0');
    expect(await verifyChain({ chain: first, rootPem: world.ca.rootPem, hostname: NAME, crl })).toBe('OK');
  });

  it('obtains an RSA leaf for a wildcard and its base by an alias, bound to an external account, and revokes it by its key', async () => {
    const world = await openWorld({ externalAccounts: { [EXTERNAL.keyId]: EXTERNAL.hmacKey } });
    const certbot = await certbotFor(world.options);
    const names = ['-d', `*.${ALIASED}`, '-d', ALIASED];
    const bound = ['--eab-kid', EXTERNAL.keyId, '--eab-hmac-key', EXTERNAL.hmacKey];
    await certbot(['certonly', ...terms, ...bound, '--key-type', 'rsa', ...names]);
    const live = join(world.options.folder, 'live', ALIASED);
    const chain = await readFile(join(live, 'fullchain.pem'), 'utf8');
    const files = ['--cert-path', join(live, 'cert.pem'), '--key-path', join(live, 'privkey.pem')];
    await certbot(['revoke', ...files, '--reason', 'superseded', '--no-delete-after-revoke']);

    // It leaves it to its hook to know about the alias.
    expectAliased(world, chain, ALIAS);
    expect(await verifyChain({ chain, rootPem: world.ca.rootPem, hostname: `x.${ALIASED}` })).toBe('OK');
    await expectRevoked(world, { revoked: chain, rootPem: world.ca.rootPem, hostname: ALIASED, why: 'Key Compromise' });
  });
});

describe('lego', () => {
  it('obtains an EC leaf, renews it and revokes it, while some of its nonces are refused', async () => {
    const world = await openWorld({ refuseNonces: 0.2, profiles: ['tlsserver'] });
    const lego = legoFor(world.options);
    const file = join(world.options.folder, 'certificates', `${NAME}.crt`);
    await lego(['--key-type', 'ec256', '-d', NAME, 'run']);
    const first = await readFile(file, 'utf8');
    await lego(['--key-type', 'ec256', '-d', NAME, 'renew', '--days', '1000', '--no-random-sleep']);
    const second = await readFile(file, 'utf8');

    expect([first, second].map(keyOf)).toEqual(['ec', 'ec']);
    expect(serialOf(second)).not.toBe(serialOf(first));
    for (const chain of [first, second]) {
      expect(await verifyChain({ chain, rootPem: world.ca.rootPem, hostname: NAME })).toBe('OK');
    }
    expect(world.ca.count('refusedNonces')).toBeGreaterThan(0);
    expect(world.dns.names()).toEqual([]);

    await lego(['-d', NAME, 'revoke', '--keep', '--reason', '5']);
    const why = 'Cessation Of Operation';
    await expectRevoked(world, { revoked: second, rootPem: world.ca.rootPem, hostname: NAME, why });
  });

  it('obtains an RSA leaf for a wildcard and its base by an alias, bound to an external account', async () => {
    const world = await openWorld({ externalAccounts: { [EXTERNAL.keyId]: EXTERNAL.hmacKey } });
    const lego = legoFor(world.options);
    const bound = ['--eab', '--kid', EXTERNAL.keyId, '--hmac', EXTERNAL.hmacKey];
    await lego([...bound, '--key-type', 'rsa2048', '-d', ALIASED, '-d', `*.${ALIASED}`, 'run']);
    const chain = await readFile(join(world.options.folder, 'certificates', `${ALIASED}.crt`), 'utf8');

    // It follows the alias by itself.
    expectAliased(world, chain, TARGET);
    expect(await verifyChain({ chain, rootPem: world.ca.rootPem, hostname: `x.${ALIASED}` })).toBe('OK');
  });
});

interface World {
  readonly ca: SandboxCa;
  readonly dns: ChallengeDns;
  readonly options: AcmeProgramOptions;
}

/** For one test, and gone after it. */
async function openWorld(dials: Partial<CaDials> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'ca-clients-'));
  const dns = await startChallengeDns({ [ALIAS]: TARGET });
  const ca = await SandboxCa.start({
    folder: join(folder, 'ca'),
    dnsServers: [dns.address],
    dials: { ...DIALS, ...dials },
  });
  onTestFinished(async () => {
    await ca.close();
    await dns.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { directoryUrl } = ca;
  const tlsRootFile = join(folder, 'ca/tls-root.pem');
  const options = { folder: join(folder, 'client'), directoryUrl, tlsRootFile, hookUrl: dns.hookUrl };
  return { ca, dns, options: { ...options, dnsServer: dns.address } };
}

/** Both values stood at the one name, and the leaf is an RSA leaf for both names. */
function expectAliased({ dns }: World, chain: string, presentedAt: string): void {
  expect(dns.presented).toEqual([presentedAt, presentedAt]);
  expect(dns.names()).toEqual([]);
  const { subjectAltName } = new X509Certificate(chain);
  expect([keyOf(chain), subjectAltName?.split(', ').sort()]).toEqual(['rsa', [`DNS:*.${ALIASED}`, `DNS:${ALIASED}`]]);
}

interface Revocation {
  readonly revoked: string;
  readonly rootPem: string;
  readonly hostname: string;
  /** As OpenSSL names the reason. */
  readonly why: string;
}

/** The list is signed by the leaf's issuer, says why, and makes OpenSSL refuse the leaf. */
async function expectRevoked({ ca }: World, { revoked, rootPem, hostname, why }: Revocation): Promise<void> {
  const crl = await fetchDer(ca, '/crl/0');
  const [, issuer = ''] = revoked.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  const { verified, text } = await readList(crl, issuer);
  expect(verified).toBe('verify OK');
  expect(text).toMatch(new RegExp(`Serial Number: ${serialOf(revoked)}[^]*CRL Reason Code:\\s+${why}`));
  expect(await verifyChain({ chain: revoked, rootPem, hostname })).toBe('OK');
  expect(await verifyChain({ chain: revoked, rootPem, hostname, crl })).toBe('certificate revoked');
}

function keyOf(chain: string): string | undefined {
  return new X509Certificate(chain).publicKey.asymmetricKeyType;
}

function serialOf(chain: string): string {
  return new X509Certificate(chain).serialNumber;
}
