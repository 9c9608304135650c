// Revocation at the CA: who may revoke, which reason is kept, and that the issuer's list says so.

import 'reflect-metadata';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import type { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { openCa } from './ca-under-test.ts';
import { fetchTyped } from './fetch-der.ts';
import { downloaded, readyOrder } from './proven-order.ts';
import { newEcKey, RawAcme, type RawAnswer } from './raw-acme.ts';

const NAME = 'pbx.northwind.test';

describe('a certificate', () => {
  it('is revoked by who has its key, with the reason keyCompromise whatever was sent', async () => {
    const world = await openCa();
    const key = newEcKey();
    const chain = (await downloaded(world, NAME, { key: key.privateKey })).text;
    const holder = new RawAcme(world.ca, key);

    const revoked = await revoke(holder, chain, 4);
    const again = await revoke(holder, chain);

    expect([revoked.status, revoked.text, again.errorType]).toEqual([200, '', 'alreadyRevoked']);
    expect(await entriesOf(world.ca, 0)).toEqual([{ serial: serialOf(chain), reason: 1 }]);
    expect(world.ca.revokedSerials()).toEqual([serialOf(chain)]);
  });

  it('is revoked by its RSA key', async () => {
    const world = await openCa();
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const chain = (await downloaded(world, NAME, { key: key.privateKey })).text;
    const holder = new RawAcme(world.ca, key);
    const lies = { header: { alg: 'RS256' } };
    const answer = await holder.post(`${holder.origin}/revoke-cert`, { certificate: derOf(chain) }, lies);
    expect(answer.status).toBe(200);
  });

  it('is revoked by another account that has proven all its names, with the reason cessationOfOperation', async () => {
    const world = await openCa();
    const chain = (await downloaded(world, NAME)).text;
    const other = new RawAcme(world.ca);
    await other.register();

    const unproven = await revoke(other, chain);
    await readyOrder({ client: other, dns: world.dns }, NAME);
    const revoked = await revoke(other, chain, 1);

    expect([unproven.errorType, revoked.status]).toEqual(['unauthorized', 200]);
    expect(await entriesOf(world.ca, 0)).toEqual([{ serial: serialOf(chain), reason: 5 }]);
  });

  it('is not revoked by an account whose proof has lapsed or is of a name beside it', async () => {
    const world = await openCa({ dials: { authorizationLifetimeSeconds: 60, lifetimeDays: 10 } });
    const chain = (await downloaded(world, NAME)).text;
    const other = new RawAcme(world.ca);
    await other.register();
    await readyOrder({ client: other, dns: world.dns }, `b.${NAME}`);
    const beside = await revoke(other, chain);
    await readyOrder({ client: other, dns: world.dns }, NAME);
    world.clock.now = new Date(world.clock.now.getTime() + 61_000);
    const lapsed = await revoke(other, chain);

    expect([beside.errorType, lapsed.errorType]).toEqual(['unauthorized', 'unauthorized']);
    expect(world.ca.revokedSerials()).toEqual([]);
  });

  it.each<{ when: string; reason: unknown }>([
    { when: 'is not for subscribers', reason: 2 },
    { when: 'is none', reason: 9 },
    { when: 'is text', reason: '1' },
    { when: 'is negative', reason: -1 },
  ])('is not revoked for a reason that $when', async ({ reason }) => {
    const world = await openCa();
    const chain = (await downloaded(world, NAME)).text;
    expect((await revoke(world.client, chain, reason)).errorType).toBe('badRevocationReason');
  });

  it.each<{ when: string; certificate: unknown; status: number }>([
    { when: 'is not there', certificate: undefined, status: 400 },
    { when: 'is PEM', certificate: '-----BEGIN CERTIFICATE-----', status: 400 },
    { when: 'is no certificate', certificate: 'AAAA', status: 404 },
    { when: 'is our root', certificate: 'root', status: 404 },
  ])('is refused as malformed when it $when', async ({ certificate, status }) => {
    const { client, ca } = await openCa();
    const sent = certificate === 'root' ? derOf(ca.rootPem) : certificate;
    const answer = await client.post(`${client.origin}/revoke-cert`, { certificate: sent });
    expect([answer.errorType, answer.status]).toEqual(['malformed', status]);
  });

  it('is not revoked by a key that is neither its own nor an account', async () => {
    const world = await openCa();
    const chain = (await downloaded(world, NAME)).text;
    const stranger = await revoke(new RawAcme(world.ca), chain);
    const ownerByKey = await revoke(new RawAcme(world.ca, world.client.key), chain);
    expect([stranger.errorType, ownerByKey.errorType]).toEqual(['unauthorized', 'unauthorized']);
  });
});

describe('the list of revoked certificates', () => {
  it('is where each leaf says, signed by its issuer, with what was revoked there and nothing else', async () => {
    const world = await openCa();
    const chains = [await downloaded(world, NAME), await downloaded(world, `b.${NAME}`)].map(({ text }) => text);
    world.ca.turn({ intermediateChanged: true });
    chains.push((await downloaded(world, NAME)).text);
    for (const [index, chain] of chains.entries()) if (index !== 1) await revoke(world.client, chain, index * 2);
    await world.restart();

    const [first, , third] = chains.map(String);
    expect(await entriesOf(world.ca, 0)).toEqual([{ serial: serialOf(String(first)), reason: undefined }]);
    expect(await entriesOf(world.ca, 1)).toEqual([{ serial: serialOf(String(third)), reason: 4 }]);
    const { list, type, url } = await listOf(world.ca, 1);
    const [, intermediate] = String(third).split('\n\n');
    const signer = new x509.X509Certificate(String(intermediate));
    expect([await list.verify(signer), list.issuer, type]).toEqual([true, signer.subject, 'application/pkix-crl']);
    expect(new x509.X509Certificate(String(third)).toString('text')).toContain(url);
    const validMs = Number(list.nextUpdate) - Number(list.thisUpdate);
    expect([validMs, Number(list.thisUpdate) <= world.clock.now.getTime()]).toEqual([7 * 86_400_000, true]);
  });

  it('counts up', async () => {
    const world = await openCa();
    const numbers: string[] = [];
    for (const addMs of [0, 1000]) {
      world.clock.now = new Date(world.clock.now.getTime() + addMs);
      const { list } = await listOf(world.ca, 0);
      numbers.push(Buffer.from(list.getExtension('2.5.29.20')?.value ?? new ArrayBuffer(0)).toString('hex'));
    }
    expect(numbers.every((hex) => /^0206[0-7]/.test(hex))).toBe(true);
    expect(numbers[1]?.localeCompare(String(numbers[0]))).toBe(1);
  });

  it('has its issuer beside it, in DER', async () => {
    const world = await openCa();
    const chain = (await downloaded(world, NAME)).text;
    const { body, contentType } = await fetchTyped(world.ca, '/issuer/0');
    expect([contentType, new X509Certificate(body).subject]).toEqual([
      'application/pkix-cert',
      new X509Certificate(chain).issuer,
    ]);
    expect(new X509Certificate(chain).infoAccess).toBe(`CA Issuers - URI:${world.client.origin}/issuer/0`);
  });
});

function revoke(client: RawAcme, chain: string, reason?: unknown): Promise<RawAnswer> {
  return client.post(`${client.origin}/revoke-cert`, { certificate: derOf(chain), reason });
}

function derOf(pem: string): string {
  return new X509Certificate(pem).raw.toString('base64url');
}

function serialOf(pem: string): string {
  return new X509Certificate(pem).serialNumber.toLowerCase();
}

async function entriesOf(ca: SandboxCa, issuer: number): Promise<readonly object[]> {
  const { list } = await listOf(ca, issuer);
  return list.entries.map(({ serialNumber, reason }) => ({ serial: serialNumber.toLowerCase(), reason }));
}

async function listOf(ca: SandboxCa, issuer: number): Promise<{ list: x509.X509Crl; type: string; url: string }> {
  const path = `/crl/${issuer}`;
  const { body, contentType } = await fetchTyped(ca, path);
  return { list: new x509.X509Crl(body), type: contentType, url: new URL(path, ca.directoryUrl).href };
}
