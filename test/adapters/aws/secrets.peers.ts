// What stands in Secrets Manager becomes the keys our adapters take, over moto's Secrets Manager.

import { generateKeyPairSync } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { awsClientSettings } from '../../../src/adapters/aws/aws-calls.ts';
import { readExternalAccount } from '../../../src/adapters/aws/secret-external-accounts.ts';
import { readKeys, SecretLinkKeys } from '../../../src/adapters/aws/secret-keys.ts';
import { secretSshKeys } from '../../../src/adapters/aws/secret-ssh-keys.ts';
import { REMEMBER_MS, Secrets } from '../../../src/adapters/aws/secrets.ts';
import { useMoto } from '../../support/moto.ts';

const moto = useMoto();
const keyOf = (fill: number) => Buffer.alloc(32, fill);
const pem = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
);

describe('Secrets', () => {
  it('reads the current version, and again after minutes', async () => {
    const { secrets, put, pass } = await open({ a: 'one' });
    expect(await secrets.read('a')).toBe('one');
    await put('a', 'two');
    pass(REMEMBER_MS - 1);
    expect(await secrets.read('a')).toBe('one');
    pass(1);
    expect(await secrets.read('a')).toBe('two');
  });

  it('says what is missing, and remembers no failure', async () => {
    const { secrets, create } = await open({});
    await expect(secrets.read('a')).rejects.toMatchObject({
      name: 'secret-not-usable',
      message: 'secret "a" could not be read: ResourceNotFoundException',
    });
    await create('a', 'now');
    expect(await secrets.read('a')).toBe('now');
  });
});

describe('SecretLinkKeys', () => {
  it('gives the keys, the one that signs first', async () => {
    const { secrets } = await open({ links: keysText(keyOf(2), keyOf(1)) });
    const keys = await new SecretLinkKeys({ secrets, name: 'links' }).list();
    expect(keys.map((key) => Buffer.from(key))).toEqual([keyOf(2), keyOf(1)]);
  });

  it.each([
    { what: 'no JSON', text: 'secret-one' },
    { what: 'no keys', text: '{"keys":[]}' },
    { what: 'a key too short', text: keysText(keyOf(1), Buffer.alloc(31)) },
    { what: 'no base64', text: '{"keys":["secret-one!"]}' },
    { what: 'no list', text: '{"keys":"secret-one"}' },
    { what: 'null', text: 'null' },
  ])('refuses $what without showing it', async ({ text }) => {
    const { secrets } = await open({ links: text });
    const refused = await readKeys(secrets, 'links').catch((error: unknown) => error);
    expect(refused).toMatchObject({
      name: 'secret-not-usable',
      message: expect.stringMatching(/^secret "links" is not \{/),
    });
    expect(JSON.stringify([refused, String(refused), (refused as Error).cause])).not.toContain('secret-one');
  });
});

describe('secretSshKeys', () => {
  it('gives the key of the profile', async () => {
    const { secrets } = await open({ 'ssh/northwind': ` ${pem}\n\n` });
    const privateKeyPem = secretSshKeys(secrets, (profile: { readonly partner: string }) => `ssh/${profile.partner}`);
    expect(await privateKeyPem({ partner: 'northwind' })).toBe(pem);
  });

  it.each(['{"key":"x"}', pem.slice(0, 80), `${pem}${pem}`, pem.replace('PRIVATE', 'PUBLIC')])(
    'refuses %j',
    async (text) => {
      const { secrets } = await open({ ssh: text });
      await expect(secretSshKeys(secrets, () => 'ssh')({})).rejects.toMatchObject({ name: 'secret-not-usable' });
    },
  );
});

describe('readExternalAccount', () => {
  it('gives key id and key, also where the key came in plain base64', async () => {
    const { secrets } = await open({ eab: JSON.stringify({ keyId: 'kid-1', hmacKey: `${'+/'.repeat(15)}==` }) });
    const account = await readExternalAccount(secrets, 'eab');
    expect([account.keyId, await account.hmacKey()]).toEqual(['kid-1', '-_'.repeat(15)]);
  });

  it.each([
    '{"keyId":"kid-1"}',
    '{"keyId":"","hmacKey":"aaaaaaaaaaaaaaaaaaaaaaaa"}',
    '{"keyId":"a","hmacKey":"short"}',
    '[]',
  ])('refuses %s', async (text) => {
    const { secrets } = await open({ eab: text });
    await expect(readExternalAccount(secrets, 'eab')).rejects.toMatchObject({ name: 'secret-not-usable' });
  });
});

function keysText(...keys: readonly Buffer[]): string {
  return JSON.stringify({ keys: keys.map((key) => key.toString('base64')) });
}

async function open(contents: Readonly<Record<string, string>>) {
  const client = new SecretsManagerClient({ ...awsClientSettings, ...moto.connection() });
  onTestFinished(() => client.destroy());
  let nowMs = 0;
  const create = async (Name: string, SecretString: string) =>
    void (await client.send(new CreateSecretCommand({ Name, SecretString })));
  for (const [name, text] of Object.entries(contents)) await create(name, text);
  return {
    secrets: new Secrets({ client, now: () => new Date(nowMs) }),
    create,
    put: async (SecretId: string, SecretString: string) =>
      void (await client.send(new PutSecretValueCommand({ SecretId, SecretString }))),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}
