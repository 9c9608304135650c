// What looks like a secret is taken out of a text; what only looks long stays.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signToken } from '../../src/api/bearer-token.ts';
import { signLink } from '../../src/domain/appointment-link.ts';
import { withoutSecrets } from '../../src/domain/secret-text.ts';

const pem = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
);

describe('withoutSecrets', () => {
  it.each([
    { what: 'a key', text: `Value '${pem}' at 'privateKey'`, is: "Value '(secret)\n' at 'privateKey'" },
    { what: 'a key cut off', text: `saw ${pem.slice(0, 60)}`, is: 'saw (secret)' },
    { what: 'a key as JSON', text: JSON.stringify({ pem }), is: '{"pem":"(secret)\\n"}' },
    { what: 'a log-in', text: 'Authorization: Bearer abcdefgh12345678', is: 'Authorization: Bearer (secret)' },
    { what: 'a password', text: 'password=correct-horse next', is: 'password=(secret) next' },
    { what: 'a secret in JSON', text: '{"hmacKey":"abcdef"}', is: '{"hmacKey":"(secret)"}' },
  ])('takes out $what', ({ text, is }) => {
    expect(withoutSecrets(text)).toBe(is);
  });

  it('takes out tokens and links of ours', async () => {
    const key = new Uint8Array(32).fill(7);
    const token = await signToken({ partner: 'northwind', scopes: ['orders:read'] }, key, new Date(0), 60);
    const link = signLink(
      {
        partner: 'p',
        appointmentId: 'a',
        sequence: 1,
        side: 'ops',
        recipient: 'r',
        notice: 'n',
        acts: [],
        expires: 9,
      },
      key,
    );
    expect(withoutSecrets(`sent ${token}`)).toBe('sent (secret)');
    expect(withoutSecrets(`see https://certs.test/l/${link}.`)).toMatch(/^see https:\/\/certs\.test\/l\/\(secret\)/);
  });

  it.each([
    'pbx-headquarters.phones-of-the-company.northwind-telephones.test',
    'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
    'SHA256:uNiVztksCsDhcc0u9e8BrqzLb/OyFWrOzr2CqlW1xNA',
    'the private key does not belong to the certificate',
  ])('leaves %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });
});
