// The CA as a client meets it that somebody else wrote: acme-client gets certificates that verify.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as acme from 'acme-client';
import { describe, expect, it } from 'vitest';
import { acmeClient, type Obtained, obtain, openCa } from './ca-under-test.ts';

describe('SandboxCa', () => {
  it.each([
    { keys: 'EC P-256', accountKey: () => acme.crypto.createPrivateEcdsaKey('P-256'), leafKey: undefined },
    {
      keys: 'EC P-384',
      accountKey: () => acme.crypto.createPrivateEcdsaKey('P-384'),
      leafKey: () => acme.crypto.createPrivateEcdsaKey('P-384'),
    },
    {
      keys: 'RSA 2048',
      accountKey: () => acme.crypto.createPrivateRsaKey(2048),
      leafKey: () => acme.crypto.createPrivateRsaKey(2048),
    },
  ])('issues to an account and for a leaf with $keys keys', async ({ accountKey, leafKey }) => {
    const { ca, dns } = await openCa();
    const client = await registered(await acmeClient(ca, await accountKey()));

    const obtained = await obtain(client, dns, ['pbx.northwind.test'], await leafKey?.());

    const { leaf, intermediate } = certificatesOf(obtained);
    const root = new X509Certificate(ca.rootPem);
    expect(leaf.verify(intermediate.publicKey) && intermediate.verify(root.publicKey)).toBe(true);
    expect([leaf.issuer, intermediate.issuer]).toEqual([intermediate.subject, root.subject]);
    expect([leaf.ca, intermediate.ca, root.ca]).toEqual([false, true, true]);
    expect(leaf.checkPrivateKey(acmeKey(obtained))).toBe(true);
    expect(leaf.subject).toBe('CN=pbx.northwind.test');
    expect(leaf.subjectAltName).toBe('DNS:pbx.northwind.test');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(lifetimeDays(leaf)).toBeCloseTo(90, 3);
  });

  it('proves the apex and the wildcard with two values at one name', async () => {
    const { ca, dns } = await openCa();

    const { chain, answered } = await obtain(await registered(await acmeClient(ca)), dns, [
      'northwind.test',
      '*.northwind.test',
    ]);

    expect(new X509Certificate(chain).subjectAltName).toBe('DNS:northwind.test, DNS:*.northwind.test');
    expect(answered).toBe(2);
    expect(new Set(dns.asked)).toEqual(new Set(['_acme-challenge.northwind.test']));
  });

  it('leaves the common name out and marks the SAN critical when every name is longer than 64 characters', async () => {
    const { ca, dns } = await openCa();
    const name = `${'a'.repeat(60)}.${'b'.repeat(20)}.northwind.test`;

    const { leaf } = certificatesOf(await obtain(await registered(await acmeClient(ca)), dns, [name]));

    expect(leaf.subject ?? '').toBe('');
    expect(leaf.subjectAltName).toBe(`DNS:${name}`);
    // OID 2.5.29.17, then BOOLEAN TRUE
    expect(leaf.raw.includes(Buffer.from('0603551d110101ff', 'hex'))).toBe(true);
  });

  it('sends leaf and intermediate with a line between the blocks, and no root', async () => {
    const { ca, dns } = await openCa();
    const { chain } = await obtain(await registered(await acmeClient(ca)), dns, ['pbx.northwind.test']);
    expect(chain).toMatch(/^(-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n\n?){2}$/);
    expect(chain).toContain('-----END CERTIFICATE-----\n\n-----BEGIN CERTIFICATE-----');
    expect(chain).not.toContain(ca.rootPem);
  });

  it('serves an honest client with its dials as hostile as they are from the start', async () => {
    const { ca, dns } = await openCa();
    ca.turn({ refuseNonces: 0.3, reuseAuthorizations: 0.5, validationDelayMs: [0, 300], finalizeDelayMs: [0, 300] });
    const client = await registered(await acmeClient(ca));

    for (const name of ['a', 'b', 'a', 'b', 'a']) await obtain(client, dns, [`${name}.northwind.test`]);

    expect(ca.count('refusedNonces')).toBeGreaterThan(0);
    expect([...ca.finalizeCounts().values()]).toEqual([1, 1, 1, 1, 1]);
    expect(ca.count('issued')).toBe(5);
  });

  it('serves twelve orders at once', async () => {
    const { ca, dns } = await openCa();
    const client = await registered(await acmeClient(ca));
    const names = Array.from({ length: 12 }, (_, index) => `pbx${index}.northwind.test`);

    const obtained = await Promise.all(names.map((name) => obtain(client, dns, [name])));

    expect(obtained.map(({ chain }) => new X509Certificate(chain).subjectAltName)).toEqual(
      names.map((name) => `DNS:${name}`),
    );
    expect(new Set(obtained.map(({ chain }) => new X509Certificate(chain).serialNumber)).size).toBe(12);
  });

  it('changes and deactivates an account', async () => {
    const { ca } = await openCa();
    const client = await registered(await acmeClient(ca));

    const changed = await client.updateAccount({ contact: ['mailto:night@northwind.test'] });
    const gone = await client.updateAccount({ status: 'deactivated' });

    expect([changed.contact, changed.status, gone.status]).toEqual([
      ['mailto:night@northwind.test'],
      'valid',
      'deactivated',
    ]);
    await expect(client.createOrder({ identifiers: [{ type: 'dns', value: 'a.test' }] })).rejects.toThrow(
      'deactivated',
    );
  });

  it('revokes for the account that has the certificate, once', async () => {
    const { ca, dns } = await openCa();
    const client = await registered(await acmeClient(ca));
    const stranger = await registered(await acmeClient(ca));
    const { chain } = await obtain(client, dns, ['pbx.northwind.test']);

    await expect(stranger.revokeCertificate(chain)).rejects.toThrow('another account');
    await expect(client.revokeCertificate(chain, { reason: 9 })).rejects.toThrow('reason "9"');
    await client.revokeCertificate(chain, { reason: 4 });
    await expect(client.revokeCertificate(chain)).rejects.toThrow('revoked at');
    expect(ca.revokedSerials()).toEqual([new X509Certificate(chain).serialNumber.toLowerCase()]);
  });

  it('takes no deactivated authorization for a later order', async () => {
    const { ca, dns } = await openCa({ dials: { reuseAuthorizations: 1 } });
    const client = await registered(await acmeClient(ca));
    const { order } = await obtain(client, dns, ['pbx.northwind.test']);
    const again = await obtain(client, dns, ['pbx.northwind.test']);

    const [authorization] = await client.getAuthorizations(order);
    if (authorization === undefined) throw new Error('no authorization');
    await client.deactivateAuthorization(authorization);
    const after = await obtain(client, dns, ['pbx.northwind.test']);

    expect([again.answered, after.answered]).toEqual([0, 1]);
  });
});

async function registered(client: acme.Client): Promise<acme.Client> {
  await client.createAccount({ termsOfServiceAgreed: true, contact: ['mailto:ops@northwind.test'] });
  return client;
}

function certificatesOf({ chain }: Obtained): { leaf: X509Certificate; intermediate: X509Certificate } {
  const [leaf, intermediate, ...more] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (leaf === undefined || intermediate === undefined || more.length > 0)
    throw new Error('chain is not leaf and intermediate');
  return { leaf: new X509Certificate(leaf), intermediate: new X509Certificate(intermediate) };
}

function acmeKey({ keyPem }: Obtained): ReturnType<typeof createPrivateKey> {
  return createPrivateKey(keyPem);
}

function lifetimeDays(leaf: X509Certificate): number {
  return (leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000;
}
