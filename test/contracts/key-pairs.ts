// What every adapter of the KeyPairs port does.

import { createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import type { KeyPairs, KeyType } from '../../src/ports/key-pairs.ts';

/** RFC 5280, 4.2.1.6 and 4.2.1.12. */
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const EXTENDED_KEY_USAGE = '2.5.29.37';

const kinds: readonly { keyType: KeyType; details: object }[] = [
  { keyType: 'rsa-2048', details: { modulusLength: 2048, publicExponent: 65_537n } },
  { keyType: 'ec-p256', details: { namedCurve: 'prime256v1' } },
];

export function keyPairsContract(open: () => KeyPairs): void {
  describe('as KeyPairs', () => {
    it.each(kinds)('draws a new $keyType pair each time, as PKCS#8', async ({ keyType, details }) => {
      const [one, other] = [await open().make(keyType), await open().make(keyType)];
      expect(one).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
      expect(createPrivateKey(one).asymmetricKeyDetails).toMatchObject(details);
      expect(other).not.toBe(one);
    });

    it.each(kinds)('asks for exactly the names with a $keyType pair, and for no usage', async ({ keyType }) => {
      const key = await open().make(keyType);
      const names = ['pbx.northwind.test', 'pbx2.northwind.test'];
      const request = new x509.Pkcs10CertificateRequest(await open().requestFor(key, names));
      expect(await request.verify()).toBe(true);
      expect(request.subject).toBe('CN=pbx.northwind.test');
      const san = request.getExtension(SUBJECT_ALTERNATIVE_NAME)?.rawData ?? new ArrayBuffer();
      expect(new x509.SubjectAlternativeNameExtension(san).names.toJSON()).toEqual(
        names.map((value) => ({ type: 'dns', value })),
      );
      expect(request.getExtension(EXTENDED_KEY_USAGE)).toBeNull();
    });

    it('leaves a name of over 64 characters to the SAN', async () => {
      const long = `${'a'.repeat(60)}.northwind.test`;
      const key = await open().make('ec-p256');
      const request = new x509.Pkcs10CertificateRequest(await open().requestFor(key, [long]));
      expect(request.subject).toBe('');
    });
  });
}
