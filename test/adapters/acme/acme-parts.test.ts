// The small rules under the ACME adapter: how long to wait, what may be shown, what a chain may hold, what a CSR asks for.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readChain } from '../../../src/adapters/acme/acme-chain.ts';
import { cleanText, readErrorDocument, refusalOf } from '../../../src/adapters/acme/acme-problems.ts';
import { makeCsr } from '../../../src/adapters/acme/csr.ts';
import { parseRetryAfter } from '../../../src/adapters/acme/retry-after.ts';
import { type Issuer, makeRoot } from '../../support/leaves.ts';

describe('parseRetryAfter', () => {
  const now = new Date('2026-11-23T12:00:00Z');

  it.each([
    { header: undefined, ms: undefined },
    { header: '', ms: undefined },
    { header: '0', ms: 0 },
    { header: '120', ms: 120_000 },
    { header: ' 5 ', ms: 5000 },
    { header: '86401', ms: 86_400_000 },
    { header: '9'.repeat(400), ms: 86_400_000 },
    { header: '-5', ms: undefined },
    { header: '1.5', ms: undefined },
    { header: '120abc', ms: undefined },
    { header: 'soon', ms: undefined },
    { header: 'Mon, 23 Nov 2026 12:01:00 GMT', ms: 60_000 },
    { header: 'Monday, 23-Nov-26 12:01:00 GMT', ms: 60_000 },
    { header: 'Mon, 23 Nov 2026 11:00:00 GMT', ms: 0 },
    { header: 'Fri, 01 Jan 2100 00:00:00 GMT', ms: 86_400_000 },
    { header: 'Mon, 23 Nov 2026 12:01:00', ms: undefined },
    { header: 'Mon Nov 23 12:01:00 2026', ms: undefined },
    { header: 'Mon, 99 Nov 2026 12:01:00 GMT', ms: undefined },
  ])('reads "$header" as $ms ms', ({ header, ms }) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });
});

describe('cleanText', () => {
  it.each([
    { text: 'as it is', clean: 'as it is' },
    { text: 'two\r\nlines\tand\u2028more', clean: 'two lines and more' },
    { text: '\u001b[31mred\u0007', clean: '[31mred' },
    { text: '\u202egnp.exe \ufeff\u200b', clean: 'gnp.exe' },
    { text: 'half \ud83d of a pair', clean: 'half of a pair' },
    { text: 'Zürich 東京 🙂', clean: 'Zürich 東京 🙂' },
    { text: '🙂'.repeat(400), clean: `${'🙂'.repeat(299)}…` },
  ])('shows $text as $clean', ({ text, clean }) => {
    expect(cleanText(text)).toBe(clean);
  });
});

describe('readErrorDocument', () => {
  it.each([undefined, 7, 'text', [], {}, { type: 7 }])('finds no problem in %j', (value) => {
    expect(readErrorDocument(value)).toBeUndefined();
  });

  it.each([
    { what: 'none', subproblems: [] },
    { what: 'nothing', subproblems: [null] },
    { what: 'numbers', subproblems: [{ type: 7, detail: {} }] },
    { what: 'text', subproblems: 'rejectedIdentifier' },
    { what: 'a cycle of names', subproblems: [{ subproblems: [{ type: 'dns' }] }] },
  ])('takes subproblems that are $what for none', ({ subproblems }) => {
    expect(readErrorDocument({ type: 'compound', detail: 'several', subproblems })).toEqual({
      type: 'compound',
      detail: 'several',
    });
  });

  it('reads of a hundred thousand subproblems the first, on one line', () => {
    const first = { type: 'urn:ietf:params:acme:error:caa', detail: `\u001b[2J\n${'x'.repeat(5000)}` };
    const { type, detail } = readErrorDocument({
      type: 'compound',
      detail: 'several',
      subproblems: Array(100_000).fill(first),
    }) ?? { type: '', detail: '' };
    expect(type).toBe('caa');
    expect(detail).toMatch(/^several \[2J x+…$/);
    expect(detail.length).toBe(300);
  });

  it.each([
    { type: 'urn:ietf:params:acme:error:unauthorized', code: 'ca-order-invalid' },
    { type: 'urn:ietf:params:acme:error:caa', code: 'ca-caa-forbids' },
    { type: 'urn:ietf:params:acme:error:rejectedIdentifier', code: 'ca-name-refused' },
    { type: 'urn:ietf:params:acme:error:rateLimited', code: 'ca-rate-limited' },
    { type: 'https://ca.test/errors/odd', code: 'ca-order-invalid' },
    { type: '__proto__', code: 'ca-order-invalid' },
  ])('calls an order refused with $type $code', ({ type, code }) => {
    expect(refusalOf(readErrorDocument({ type, detail: 'x' })).code).toBe(code);
  });
});

describe('readChain', () => {
  let root: Issuer;
  let intermediate: Issuer;
  let leafPem: string;

  beforeAll(async () => {
    root = await makeRoot();
    intermediate = await root.intermediate();
    leafPem = (await intermediate.leaf({ names: ['pbx.northwind.test'] })).leafPem;
  });

  it('answers the certificates, one newline after each', () => {
    const body = `\n${leafPem.replaceAll('\n', '\r\n')}\n\n${intermediate.pem.trim()}`;
    expect(readChain(body)).toBe(leafPem + intermediate.pem);
  });

  it.each([
    { what: 'nothing', body: () => '' },
    { what: 'text', body: () => 'hello' },
    { what: 'text in front', body: () => `subject=x\n${leafPem}` },
    { what: 'text between', body: () => `${leafPem}hello\n${intermediate.pem}` },
    { what: 'text behind', body: () => `${leafPem}hello` },
    { what: 'two blocks on one line', body: () => `${leafPem.trim()}${intermediate.pem}` },
    { what: 'a private key', body: () => leafPem + root.keyPem },
    {
      what: 'a block that is no certificate',
      body: () => '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
    },
    { what: 'an issuer first', body: () => intermediate.pem + leafPem },
    { what: 'eleven certificates', body: () => leafPem + intermediate.pem.repeat(10) },
    { what: 'more than 64 KB', body: () => leafPem + '\n'.repeat(64 * 1024) },
  ])('refuses $what', ({ body }) => {
    expect(() => readChain(body())).toThrowError(
      expect.objectContaining({ name: 'ca-answer-malformed', field: 'chain' }),
    );
  });
});

describe('makeCsr', () => {
  it('takes RSA and EC P-256 keys and no others', async () => {
    const keys = {
      p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      ed25519: generateKeyPairSync('ed25519').privateKey,
    };
    for (const key of [...Object.values(keys), createPublicKey(keys.p384)]) {
      await expect(makeCsr(key, ['pbx.northwind.test'])).rejects.toMatchObject({
        name: 'bad-request',
        field: 'privateKey',
      });
    }
    await expect(makeCsr(keys.p384, [])).rejects.toMatchObject({ name: 'bad-request', field: 'names' });
  });
});
