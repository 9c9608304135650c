// What OpenSSL says of the CA's certificates, with all the checks it has.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as acme from 'acme-client';
import { describe, expect, it } from 'vitest';
import { acmeClient, obtain, openCa } from './ca-under-test.ts';

const run = promisify(execFile);

describe('OpenSSL', () => {
  it.each([
    {
      leaf: 'an EC leaf',
      names: ['pbx.northwind.test'],
      key: () => acme.crypto.createPrivateEcdsaKey(),
      usage: /Digital Signature\n/,
    },
    {
      leaf: 'an RSA leaf',
      names: ['pbx.northwind.test'],
      key: () => acme.crypto.createPrivateRsaKey(2048),
      usage: /Digital Signature, Key Encipherment\n/,
    },
    {
      leaf: 'a wildcard leaf',
      names: ['*.northwind.test', 'northwind.test'],
      key: () => acme.crypto.createPrivateEcdsaKey('P-384'),
      usage: /Digital Signature\n/,
    },
    {
      leaf: 'a leaf without a subject',
      names: [`${'a'.repeat(63)}.northwind.test`],
      key: () => acme.crypto.createPrivateEcdsaKey(),
      usage: /Digital Signature\n/,
    },
  ])('verifies $leaf with -x509_strict, from either intermediate', async ({ names, key, usage }) => {
    const { ca, dns, folder } = await openCa();
    const client = await acmeClient(ca);
    await client.createAccount({ termsOfServiceAgreed: true, contact: ['mailto:ops@northwind.test'] });
    for (const intermediateChanged of [false, true]) {
      ca.turn({ intermediateChanged });
      const { chain } = await obtain(client, dns, names, await key());
      const [leafPem = '', intermediatePem = ''] = chain.split('\n\n');
      const file = async (name: string, pem: string): Promise<string> => {
        await writeFile(join(folder, name), pem);
        return join(folder, name);
      };
      const leaf = await file('leaf.pem', leafPem);
      const intermediate = await file('intermediate.pem', intermediatePem);

      const root = join(folder, 'root.pem');
      const host = names.at(-1)?.replace('*', 'x') ?? '';
      const checks = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', host, '-CAfile', root, '-no-CApath'];
      const verified = await run('openssl', ['verify', ...checks, '-untrusted', intermediate, leaf]);
      expect(verified.stdout.trim()).toBe(`${leaf}: OK`);

      const { stdout: text } = await run('openssl', ['x509', '-in', leaf, '-noout', '-text']);
      expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature/);
      expect(text).toMatch(usage);
      expect(text).toMatch(
        names[0]?.length === 78 ? /Subject Alternative Name: critical/ : /Subject Alternative Name: \n/,
      );
      await expect(
        run('openssl', ['verify', '-x509_strict', '-CAfile', join(folder, 'tls-root.pem'), leaf]),
      ).rejects.toThrow('unable to get');
    }
  });
});
