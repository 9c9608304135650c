// Which chains a server may be given: whatever a phone would refuse is refused here first.

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { acceptChain, type ChainRules, describeLeaf, publicKeyOf } from '../../src/domain/chain.ts';
import { type Issuer, type LeafOptions, makeKeyPem, makeRoot, makeSelfSigned } from '../support/leaves.ts';

const NOW = new Date('2027-01-11T12:00:00Z');
const NAME = 'pbx.northwind.test';
const keyPem = makeKeyPem();
const years = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };
const dates = { notBefore: new Date('2027-01-11T11:00:00Z'), notAfter: new Date('2027-04-11T11:00:00Z') };

const root = await makeRoot(years);
const upper = await root.intermediate(years);
const lower = await upper.intermediate(years);

function leafOf(issuer: Issuer, change: Partial<LeafOptions> = {}) {
  return issuer.leaf({ names: [NAME], keyPem, ...dates, ...change });
}

function accept(pem: string, rules: Partial<ChainRules> = {}) {
  const all = { names: [NAME], publicKey: publicKeyOf(keyPem), roots: [root.pem], now: NOW, ...rules };
  return acceptChain(pem, all);
}

describe('a chain', () => {
  it('is taken as it is sent, and says what its leaf is', async () => {
    const leaf = await leafOf(lower, { serial: '0abc' });
    const { leaf: read, chainPem } = accept(leaf.chainPem);
    expect(chainPem).toBe(leaf.chainPem);
    expect(read).toEqual({
      fingerprint: leaf.fingerprint,
      serial: 'abc',
      names: [NAME],
      ...dates,
      issuer: `CN=${lower.commonName}`,
    });
  });

  it('is written in one form: without root, text between blocks, CR and what else is no certificate', async () => {
    const leaf = await leafOf(lower);
    const sent = `subject=x\r\n${`${leaf.chainPem}${root.pem}`.replaceAll('\n', '\r\n')}\r\n${keyPem}`;
    expect(accept(sent).chainPem).toBe(leaf.chainPem);
  });

  it('may end at the root at once, or at any of several roots', async () => {
    const leaf = await leafOf(root);
    expect(accept(leaf.chainPem).chainPem).toBe(leaf.leafPem);
    const other = await makeRoot();
    expect(accept(leaf.chainPem, { roots: [other.pem, root.pem] }).leaf.fingerprint).toBe(leaf.fingerprint);
  });

  it('may name several names, in any order and case', async () => {
    const leaf = await leafOf(lower, { names: ['b.test', 'A.test'] });
    expect(accept(leaf.chainPem, { names: ['a.test', 'b.test'] }).leaf.names).toEqual(['b.test', 'a.test']);
  });

  it('may begin a moment ahead of our clock', async () => {
    const leaf = await leafOf(lower, { notBefore: new Date('2027-01-11T12:05:00Z') });
    expect(() => accept(leaf.chainPem)).not.toThrow();
  });

  it.each<{ when: string; change: Partial<LeafOptions>; why: string }>([
    { when: 'another key', change: { keyPem: makeKeyPem() }, why: 'the leaf is for another key than the one ordered' },
    {
      when: 'an RSA key where EC was ordered',
      change: { keyPem: makeKeyPem('rsa-2048') },
      why: 'the leaf is for another key',
    },
    { when: 'another name', change: { names: ['other.test'] }, why: `the leaf names other.test; ordered was ${NAME}` },
    {
      when: 'one name more',
      change: { names: [NAME, 'extra.test'] },
      why: `the leaf names extra.test, ${NAME}; ordered`,
    },
    {
      when: 'an address as well',
      change: { names: [NAME, '203.0.113.10'] },
      why: 'the leaf names IP Address:203.0.113.10',
    },
    {
      when: 'no name but the common one',
      change: { names: [], commonName: NAME },
      why: 'the leaf names nothing; ordered',
    },
    { when: 'an end that has come', change: { notAfter: NOW }, why: 'the leaf ended 2027-01-11T12:00:00.000Z' },
    {
      when: 'a beginning that is far',
      change: { notBefore: new Date('2027-01-11T12:05:01Z') },
      why: 'the leaf begins 2027-01-11T12:05:01',
    },
  ])('is refused for a leaf with $when', async ({ change, why }) => {
    const leaf = await leafOf(lower, change);
    expect(() => accept(leaf.chainPem)).toThrow(expect.objectContaining({ name: 'chain-not-acceptable' }));
    expect(() => accept(leaf.chainPem)).toThrow(`chain not acceptable: ${why}`);
  });

  it('is refused when a link is missing, in the wrong order or a stranger', async () => {
    const leaf = await leafOf(lower);
    const stranger = await root.intermediate(years);
    expect(() => accept(leaf.leafPem)).toThrow(`no trusted root has signed its end (CN=${lower.commonName})`);
    expect(() => accept(leaf.leafPem + lower.pem)).toThrow(
      `no trusted root has signed its end (CN=${upper.commonName})`,
    );
    expect(() => accept(leaf.leafPem + upper.pem)).toThrow(
      `certificate 1 (no subject) is not signed by the next (CN=${upper.commonName})`,
    );
    expect(() => accept(leaf.leafPem + upper.pem + lower.pem)).toThrow('certificate 1');
    expect(() => accept(leaf.leafPem + lower.pem + stranger.pem)).toThrow(
      `certificate 2 (CN=${lower.commonName}) is not signed by the next (CN=${stranger.commonName})`,
    );
    expect(() => accept(lower.pem + upper.pem + leaf.leafPem)).toThrow('for another key');
  });

  it('is refused under a root nobody trusts, also one of the same name', async () => {
    const leaf = await leafOf(lower);
    for (const keyType of ['ec-p256', 'rsa-2048', 'ec-p384'] as const) {
      const twin = await makeRoot({ ...years, commonName: root.commonName, keyType });
      expect(() => accept(leaf.chainPem, { roots: [twin.pem] })).toThrow('no trusted root has signed its end');
      expect(() => accept(leaf.chainPem + twin.pem, { roots: [] })).toThrow('no trusted root has signed its end');
    }
  });

  it('is refused with an intermediate that has ended, has not begun or may not sign', async () => {
    const old = await root.intermediate({ notBefore: years.notBefore, notAfter: NOW });
    const early = await root.intermediate({ notBefore: new Date('2027-01-12T00:00:00Z'), notAfter: years.notAfter });
    const [underOld, underEarly] = [await leafOf(old), await leafOf(early)];
    expect(() => accept(underOld.chainPem)).toThrow(`the intermediate CN=${old.commonName} has ended`);
    expect(() => accept(underEarly.chainPem)).toThrow(`the intermediate CN=${early.commonName} has not begun`);
    const notCa = await upper.leaf({
      names: ['ca.test'],
      commonName: lower.commonName,
      keyPem: lower.keyPem,
      ...years,
    });
    const leaf = await leafOf(lower);
    expect(() => accept(leaf.leafPem + notCa.leafPem + upper.pem)).toThrow(
      `CN=${lower.commonName} is not allowed to sign`,
    );
  });

  it('is refused when a signature in it is broken', async () => {
    const leaf = await leafOf(lower);
    expect(() => accept(broken(leaf.leafPem) + lower.chainPem)).toThrow('certificate 1 (no subject) is not signed');
    expect(() => accept(leaf.leafPem + lower.pem + broken(upper.pem))).toThrow('no trusted root has signed its end');
  });

  it('is refused when it signs itself', async () => {
    const leaf = await makeSelfSigned({ names: [NAME], keyPem, ...dates });
    expect(() => accept(leaf.chainPem)).toThrow('no trusted root has signed its end (CN=localhost.localdomain)');
  });

  it.each([
    { what: 'nothing', pem: '', why: 'it holds no certificate' },
    { what: 'another block', pem: keyPem, why: 'it holds no certificate' },
    { what: 'half a block', pem: root.pem.slice(0, 200), why: 'it holds no certificate' },
    { what: 'a block of nothing', pem: block('AAAA'), why: 'certificate 1 cannot be read' },
    { what: 'a block that is no base64', pem: block('%%%%'), why: 'certificate 1 cannot be read' },
    {
      what: 'more blocks than a handshake has',
      pem: root.pem.repeat(11),
      why: 'it holds 11 certificates, more than 10',
    },
  ])('is refused when it is $what', ({ pem, why }) => {
    expect(() => accept(pem)).toThrow(expect.objectContaining({ name: 'chain-not-acceptable' }));
    expect(() => accept(pem)).toThrow(`chain not acceptable: ${why}`);
  });

  it('tells no key', async () => {
    const leaf = await leafOf(lower, { keyPem: makeKeyPem() });
    expect(() => accept(leaf.chainPem + leaf.keyPem)).toThrow(
      /^chain not acceptable: the leaf is for another key than the one ordered$/,
    );
  });
});

describe('a leaf', () => {
  it('shows an issuer of several lines on one', async () => {
    const long = await makeRoot({ commonName: `Northwind\nRoot ${'x'.repeat(40)}` });
    const leaf = await leafOf(long);
    expect(describeLeaf(new X509Certificate(leaf.leafPem)).issuer).not.toContain('\n');
  });
});

/** The last byte is of the signature. */
function broken(pem: string): string {
  const { raw } = new X509Certificate(pem);
  const last = raw.length - 1;
  raw[last] = (raw[last] ?? 0) ^ 1;
  return block(raw.toString('base64'));
}

function block(text: string): string {
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}
