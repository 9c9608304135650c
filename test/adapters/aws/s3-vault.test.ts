// S3Vault when S3 is busy, silent, or tells those who may not list less than others.

import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { awsClientSettings } from '../../../src/adapters/aws/aws-calls.ts';
import { S3Vault, type S3VaultOptions } from '../../../src/adapters/aws/s3-vault.ts';
import { type ScriptedAws, s3Error, scriptedAws } from '../../support/scripted-aws.ts';

const ref = { name: 'keys/a', version: 'v1' };

describe('S3Vault', () => {
  it.each([
    { what: 'throttles', status: 503, code: 'SlowDown' },
    { what: 'fails', status: 500, code: 'InternalError' },
  ])('may be asked again when S3 $what', async ({ status, code }) => {
    const aws = await scriptedAws((_, response) => s3Error(response, status, code, 'later'));
    await expect(vaultOver(aws).put('a', Buffer.from('x'))).rejects.toMatchObject({
      name: 'vault-unavailable',
      message: `did not keep "a": ${code}: later`,
    });
    expect(aws.asked()).toBe(2);
  });

  it('ends at its deadline when nothing comes', async () => {
    const aws = await scriptedAws(() => undefined);
    await expect(vaultOver(aws, { timeoutMs: 100 }).get(ref)).rejects.toMatchObject({ name: 'vault-unavailable' });
  });

  it('ends at its deadline when a body stops half way', async () => {
    const aws = await scriptedAws((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
    });
    await expect(vaultOver(aws, { timeoutMs: 100 }).get(ref)).rejects.toMatchObject({
      name: 'vault-unavailable',
      message: expect.stringContaining('read "keys/a"'),
    });
  });

  it('says that nobody listens', async () => {
    const vault = vaultOver({
      connection: { ...(await scriptedAws(() => undefined)).connection, endpoint: 'http://127.0.0.1:1' },
    });
    await expect(vault.get(ref)).rejects.toMatchObject({ name: 'vault-unavailable', message: /ECONNREFUSED/ });
  });

  it('takes what S3 hides from those who may not list for missing, and says what S3 said', async () => {
    const aws = await scriptedAws((_, response) => s3Error(response, 403, 'AccessDenied', 'Access Denied'));
    await expect(vaultOver(aws).get(ref)).rejects.toMatchObject({
      name: 'vault-item-missing',
      message:
        'the vault holds no version "v1" of "keys/a", or shows it to nobody with our rights: AccessDenied: Access Denied',
    });
    await expect(vaultOver(aws).destroy(ref)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(vaultOver(aws).put('a', Buffer.from('x'))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('knows its own first attempt again when its answer was lost', async () => {
    const answers = [
      { status: 500, version: undefined },
      { status: 412, version: undefined },
      { status: 200, version: 'mine' },
    ];
    const aws = await scriptedAws((_, response) => {
      const { status = 500, version } = answers.shift() ?? {};
      if (status !== 200) return s3Error(response, status, status === 412 ? 'PreconditionFailed' : 'InternalError');
      response.writeHead(200, { 'x-amz-version-id': version }).end();
    });
    expect(await vaultOver(aws).putOnce('a', Buffer.from('x'))).toEqual({ name: 'a', version: 'mine' });
  });

  it('asks for no version that S3 would take for the newest', async () => {
    const aws = await scriptedAws((_, response) => response.end('the newest'));
    for (const version of ['', 'null']) {
      await expect(vaultOver(aws).get({ name: 'a', version })).rejects.toMatchObject({ name: 'vault-item-missing' });
      await vaultOver(aws).destroy({ name: 'a', version });
    }
    expect(aws.asked()).toBe(0);
  });
});

function vaultOver({ connection }: Pick<ScriptedAws, 'connection'>, options: Partial<S3VaultOptions> = {}): S3Vault {
  const client = new S3Client({ ...awsClientSettings, ...connection, maxAttempts: 2, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  return new S3Vault({ client, bucket: 'vault', ...options });
}
