// The certificates our tests are made of are what OpenSSL would call good, or bad in the one way asked for.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeRoot, makeSelfSigned } from './leaves.ts';

describe('leaves made to order', () => {
  it('chain up to their root, leaf first and without the root', async () => {
    const root = await makeRoot();
    const upper = await root.intermediate();
    const lower = await upper.intermediate({ keyType: 'rsa-2048' });
    const leaf = await lower.leaf({ names: ['pbx.northwind.test', '203.0.113.10'], keyType: 'rsa-2048' });
    const sent = certificatesIn(leaf.chainPem);
    expect(sent.map(({ subject }) => subject)).toEqual([undefined, `CN=${lower.commonName}`, `CN=${upper.commonName}`]);
    const [first, second, third] = sent;
    const anchor = new X509Certificate(root.pem);
    expect(first?.verify(new X509Certificate(lower.pem).publicKey)).toBe(true);
    expect([first && second?.checkIssued(third ?? anchor), third?.checkIssued(anchor)]).toEqual([true, true]);
    expect(first?.checkPrivateKey(createPrivateKey(leaf.keyPem))).toBe(true);
  });

  it('have the names, dates, serial and fingerprint that were asked for and are told', async () => {
    const notBefore = new Date('2026-01-02T03:04:05Z');
    const notAfter = new Date('2026-04-02T03:04:05Z');
    const leaf = await (await makeRoot()).leaf({ names: ['a.test', '*.b.test'], notBefore, notAfter, serial: '0abc' });
    const parsed = new X509Certificate(leaf.leafPem);
    expect(parsed.subjectAltName).toBe('DNS:a.test, DNS:*.b.test');
    expect([parsed.validFromDate, parsed.validToDate]).toEqual([notBefore, notAfter]);
    expect([parsed.serialNumber.toLowerCase().replace(/^0+/, ''), leaf.serial]).toEqual(['abc', 'abc']);
    expect(parsed.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(leaf.fingerprint);
    expect(leaf.keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('can be signed by themselves', async () => {
    const leaf = await makeSelfSigned({ names: ['localhost.localdomain'] });
    const parsed = new X509Certificate(leaf.leafPem);
    expect([parsed.verify(parsed.publicKey), parsed.issuer, parsed.subject]).toEqual([
      true,
      'CN=localhost.localdomain',
      'CN=localhost.localdomain',
    ]);
    expect(leaf.chainPem).toBe(leaf.leafPem);
  });

  it('share an RSA key by slot and never an elliptic one unless told', async () => {
    const root = await makeRoot();
    const keyOf = async (options: { keyType?: 'rsa-2048'; keySlot?: number }) =>
      (await root.leaf({ names: ['a.test'], ...options })).keyPem;
    expect(await keyOf({ keyType: 'rsa-2048' })).toBe(await keyOf({ keyType: 'rsa-2048' }));
    expect(await keyOf({ keyType: 'rsa-2048' })).not.toBe(await keyOf({ keyType: 'rsa-2048', keySlot: 1 }));
    expect(await keyOf({})).not.toBe(await keyOf({}));
    expect(await keyOf({ keySlot: 3 })).toBe(await keyOf({ keySlot: 3 }));
  });
});

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
