// CSRs that are not for the order: refused, with the order still ready for the right one.

import 'reflect-metadata';
import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { readyOrder, settled } from './proven-order.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const NAME = 'pbx.northwind.test';

describe('a CSR', () => {
  let world: CaUnderTest;
  beforeAll(async () => {
    world = await openCaForAll();
    return () => world.close();
  });

  it.each<{ when: string; csr: (world: CaUnderTest) => Promise<string> | string; type: string }>([
    { when: 'lacks a name of the order', csr: () => csrFor(['other.northwind.test']), type: 'badCSR' },
    { when: 'has a name too many', csr: () => csrFor([NAME, 'other.northwind.test']), type: 'badCSR' },
    { when: 'has a name twice', csr: () => csrFor([NAME, NAME]), type: 'badCSR' },
    { when: 'has the name in capitals', csr: () => csrFor([NAME.toUpperCase()]), type: 'badCSR' },
    { when: 'has an address as well', csr: () => csrFor([NAME], { ip: '203.0.113.5' }), type: 'badCSR' },
    {
      when: 'has another common name',
      csr: () => csrFor([NAME], { commonName: 'other.northwind.test' }),
      type: 'badCSR',
    },
    { when: 'has the name as common name only', csr: () => csrFor([], { commonName: NAME }), type: 'badCSR' },
    { when: 'is signed by another key', csr: () => csrFor([NAME]).then(forged), type: 'badCSR' },
    {
      when: 'is signed with SHA-1',
      csr: () => csrFor([NAME], { keys: rsaKeys(2048, 65_537, 'SHA-1'), hash: 'SHA-1' }),
      type: 'badCSR',
    },
    { when: 'has an RSA key of 1024 bits', csr: () => csrFor([NAME], { keys: rsaKeys(1024) }), type: 'badCSR' },
    {
      when: 'has an RSA key with the exponent 3',
      csr: () => csrFor([NAME], { keys: rsaKeys(2048, 3) }),
      type: 'badCSR',
    },
    { when: 'has a P-521 key', csr: () => csrFor([NAME], { keys: ecKeys('P-521') }), type: 'badCSR' },
    {
      when: 'has the key of the account',
      csr: ({ client }) => csrFor([NAME], { keys: imported(client.key) }),
      type: 'badCSR',
    },
    { when: 'is no PKCS #10', csr: () => 'MAA', type: 'malformed' },
    { when: 'has bytes after its end', csr: async () => `${await csrFor([NAME])}AAAA`, type: 'malformed' },
    { when: 'is PEM', csr: () => '-----BEGIN CERTIFICATE REQUEST-----', type: 'malformed' },
    { when: 'is absent', csr: () => '', type: 'malformed' },
    { when: 'is too long', csr: () => `MIRA${'A'.repeat(22_000)}`, type: 'malformed' },
  ])('is refused as $type when it $when', async ({ csr, type }) => {
    const order = await readyOrder(world, NAME);

    const answer = await world.client.post(String(order.json.finalize), { csr: await csr(world) });

    expect(answer.errorType).toBe(type);
    expect((await world.client.read(order.headers.location)).json.status).toBe('ready');
    expect(world.ca.count('issued')).toBe(0);
  });
});

describe('finalize', () => {
  it('takes the right CSR after a wrong one, and counts both requests', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    const url = String(order.json.finalize);

    await world.client.post(url, { csr: await csrFor(['other.test']) });
    const right = await world.client.post(url, { csr: await csrFor([NAME], { commonName: NAME }) });

    expect(right.json.status).toBe('valid');
    expect(world.ca.finalizeCounts()).toEqual(new Map([[order.headers.location, 2]]));
  });

  it('refuses an order whose names are not proven, and one that is finalized already', async () => {
    const world = await openCa();
    const early = await world.client.order(NAME);
    const csr = await csrFor([NAME]);

    const first = await world.client.post(String(early.json.finalize), { csr });
    const order = await readyOrder(world, NAME);
    const second = await world.client.post(String(order.json.finalize), { csr });
    const third = await world.client.post(String(order.json.finalize), { csr });
    const after = await settled(() => world.client.read(order.headers.location), 'processing');

    expect([first.errorType, second.status, third.errorType]).toEqual(['orderNotReady', 200, 'orderNotReady']);
    expect(after.json.status).toBe('valid');
    expect([first.status, third.status]).toEqual([403, 403]);
    expect(world.ca.count('issued')).toBe(1);
  });

  it('issues once when two finalize at the same moment', async () => {
    const world = await openCa({ dials: { finalizeDelayMs: [100, 100] } });
    const order = await readyOrder(world, NAME);
    const csr = await csrFor([NAME]);

    const answers = await Promise.all([1, 2].map(() => world.client.post(String(order.json.finalize), { csr })));

    await settled(() => world.client.read(order.headers.location), 'processing');

    expect(answers.map(({ errorType }) => errorType).sort()).toEqual(['orderNotReady', undefined]);
    expect([world.ca.count('issued'), ...world.ca.finalizeCounts().values()]).toEqual([1, 2]);
  });
});

interface CsrOptions {
  readonly commonName?: string;
  readonly ip?: string;
  readonly keys?: Promise<webcrypto.CryptoKeyPair>;
  readonly hash?: string;
}

async function csrFor(names: readonly string[], options: CsrOptions = {}): Promise<string> {
  const keys = await (options.keys ?? ecKeys('P-256'));
  const sans = names.map((value) => ({ type: 'dns' as const, value }));
  const ips = options.ip === undefined ? [] : [{ type: 'ip' as const, value: options.ip }];
  const extensions = names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...sans, ...ips])];
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: options.commonName === undefined ? '' : `CN=${options.commonName}`,
    keys,
    extensions,
    signingAlgorithm: { ...keys.privateKey.algorithm, hash: options.hash ?? 'SHA-256' },
  });
  return Buffer.from(csr.rawData).toString('base64url');
}

/** The last byte is the signature's. */
function forged(csr: string): string {
  const der = Buffer.from(csr, 'base64url');
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  return der.toString('base64url');
}

function ecKeys(namedCurve: string): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ ...EC, namedCurve }, true, ['sign', 'verify']);
}

async function rsaKeys(
  modulusLength: number,
  publicExponent = 65_537,
  hash = 'SHA-256',
): Promise<webcrypto.CryptoKeyPair> {
  return imported(generateKeyPairSync('rsa', { modulusLength, publicExponent }), { name: 'RSASSA-PKCS1-v1_5', hash });
}

interface NodeKeys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

async function imported(
  { publicKey, privateKey }: NodeKeys,
  algorithm = EC as Algorithm,
): Promise<webcrypto.CryptoKeyPair> {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  return {
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
  };
}

interface Algorithm {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash: string;
}
