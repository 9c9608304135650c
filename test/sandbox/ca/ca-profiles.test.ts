// Kinds of leaf and chains to choose from: what each profile puts into a leaf, and the same leaf under another root.

import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { csrFor, downloaded, issuedUrl, readyOrder } from './proven-order.ts';

const NAME = 'pbx.northwind.test';
const DAY_MS = 86_400_000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** keyUsage in DER, critical: what it says in one byte. */
const SIGNATURE_ONLY = '0603551d0f0101ff040403020780';
const WITH_ENCIPHERMENT = '0603551d0f0101ff0404030205a0';
const SUBJECT_KEY_IDENTIFIER = '0603551d0e';
const CRITICAL_SAN = '0603551d110101ff';

let world: CaUnderTest;
beforeAll(async () => {
  world = await openCaForAll();
  return () => world.close();
});

describe('a profile', () => {
  it('is announced with a word for people, and shown in the order', async () => {
    const { ca, client } = world;
    const { json } = await client.send('GET', ca.directoryUrl, undefined, {});
    const usual = await client.order(NAME);
    const chosen = await client.orderWith({ profile: 'tlsserver' }, NAME);
    const read = await client.read(chosen.headers.location);
    const { profiles } = json.meta as { profiles: Record<string, string> };

    expect(Object.keys(profiles)).toEqual(['classic', 'tlsserver', 'shortlived']);
    expect(Object.values(profiles).every((text) => text.length > 10)).toBe(true);
    expect([usual, chosen, read].map(({ json: order }) => order.profile)).toEqual([
      'classic',
      'tlsserver',
      'tlsserver',
    ]);
  });

  it.each<{ profile: string | undefined; key: KeyObject; days: number; subject: string; usage: string; lean: boolean }>(
    [
      { profile: undefined, key: ec, days: 90, subject: `CN=${NAME}`, usage: SIGNATURE_ONLY, lean: false },
      { profile: 'classic', key: rsa, days: 90, subject: `CN=${NAME}`, usage: WITH_ENCIPHERMENT, lean: false },
      { profile: 'tlsserver', key: rsa, days: 45, subject: '', usage: SIGNATURE_ONLY, lean: true },
      { profile: 'shortlived', key: ec, days: 160 / 24, subject: '', usage: SIGNATURE_ONLY, lean: true },
    ],
  )('$profile makes a leaf of $days days', async ({ profile, key, days, subject, usage, lean }) => {
    const more = profile === undefined ? {} : { profile };
    const leaf = new X509Certificate((await downloaded(world, NAME, { key, more })).text);
    const has = (hex: string): boolean => leaf.raw.includes(Buffer.from(hex, 'hex'));
    const lifetimeMs = leaf.validToDate.getTime() + 1000 - leaf.validFromDate.getTime();

    expect([lifetimeMs / DAY_MS, leaf.subject ?? '', leaf.subjectAltName]).toEqual([days, subject, `DNS:${NAME}`]);
    expect([has(usage), has(SUBJECT_KEY_IDENTIFIER), has(CRITICAL_SAN)]).toEqual([true, !lean, lean]);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it.each([
    { profile: 'tlsclient', type: 'invalidProfile' },
    { profile: 'toString', type: 'invalidProfile' },
    { profile: 7, type: 'invalidProfile' },
    { profile: null, type: 'invalidProfile' },
  ])('$profile is refused as $type', async ({ profile, type }) => {
    const answer = await world.client.orderWith({ profile }, NAME);
    expect([answer.errorType, answer.status]).toEqual([type, 400]);
    expect(answer.json.detail).toContain('classic, tlsserver, shortlived');
  });

  it('takes 25 names, classic 100', async () => {
    const names = Array.from({ length: 26 }, (_, index) => `pbx${index}.northwind.test`);
    const { client } = world;
    const answers = [
      await client.orderWith({ profile: 'tlsserver' }, ...names),
      await client.orderWith({ profile: 'tlsserver' }, ...names.slice(1)),
      await client.orderWith({ profile: 'classic' }, ...names),
    ];
    expect(answers.map(({ errorType }) => errorType)).toEqual(['malformed', undefined, undefined]);
  });

  it('that is offered no more is not issued, and the order stays as it was', async () => {
    const { client, ca, dns } = await openCa();
    const order = await readyOrder({ client, dns }, NAME, { profile: 'shortlived' });
    ca.turn({ profiles: ['classic'] });
    const refused = await client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    const read = await client.read(order.headers.location);
    ca.turn({ profiles: [] });
    const directory = await client.send('GET', ca.directoryUrl, undefined, {});
    const wanting = await client.orderWith({ profile: 'classic' }, NAME);
    const usual = await client.order(NAME);

    expect([refused.errorType, read.json.status]).toEqual(['invalidProfile', 'ready']);
    expect([directory.json.meta, usual.json].some((shown) => /profile/.test(JSON.stringify(shown)))).toBe(false);
    expect([wanting.errorType, usual.status]).toEqual(['invalidProfile', 201]);
  });
});

describe('an alternate chain', () => {
  it('is the same leaf and the same intermediate under another root, and each names the other', async () => {
    const { client, ca } = world;
    for (const intermediateChanged of [false, true]) {
      ca.turn({ intermediateChanged });
      const url = await issuedUrl(world, NAME);
      const usual = await client.read(url);
      const other = await client.read(`${url}/1`);
      const [leaf, intermediate] = blocksOf(usual.text);
      const [sameLeaf, crossed] = blocksOf(other.text);
      const signer = new X509Certificate(String(crossed));
      const roots = [ca.rootPem, ca.alternateRootPem].map((pem) => new X509Certificate(pem));

      expect(usual.links).toContain(`<${url}/1>;rel="alternate"`);
      expect(other.links).toContain(`<${url}>;rel="alternate"`);
      expect(sameLeaf).toBe(leaf);
      expect(signer.subject).toBe(new X509Certificate(String(intermediate)).subject);
      expect(new X509Certificate(String(leaf)).verify(signer.publicKey)).toBe(true);
      expect(roots.map((root) => signer.issuer === root.subject && signer.verify(root.publicKey))).toEqual([
        false,
        true,
      ]);
    }
    ca.turn({ intermediateChanged: false });
  });

  it('is not there when the dial is turned off, and there is no third', async () => {
    const url = await issuedUrl(world, NAME);
    const third = await world.client.read(`${url}/2`);
    world.ca.turn({ alternateChains: false });
    const usual = await world.client.read(url);
    const other = await world.client.read(`${url}/1`);
    world.ca.turn({ alternateChains: true });

    expect([third.status, usual.status, other.status]).toEqual([404, 200, 404]);
    expect(usual.links).toEqual([`<${world.ca.directoryUrl}>;rel="index"`]);
  });

  it('comes to a folder from before there were any, and is the same at the next start', async () => {
    const old = await openCa();
    const { rootPem, alternateRootPem } = old.ca;
    const file = join(old.folder, 'issuers.json');
    const kept = Object.entries(JSON.parse(await readFile(file, 'utf8')) as object);
    await old.ca.close();
    await writeFile(file, JSON.stringify(Object.fromEntries(kept.filter(([name]) => !name.startsWith('alternate')))));
    const upgraded = await old.restart();
    const added = upgraded.alternateRootPem;
    const again = await old.restart();

    expect([upgraded.rootPem, again.rootPem, again.alternateRootPem]).toEqual([rootPem, rootPem, added]);
    expect(added).not.toBe(alternateRootPem);
  });
});

function blocksOf(chain: string): readonly string[] {
  return chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
}
