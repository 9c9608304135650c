// S3Vault keeps the rules of the vault over moto's S3.

import { CreateBucketCommand, HeadObjectCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { awsClientSettings } from '../../../src/adapters/aws/aws-calls.ts';
import { S3Vault } from '../../../src/adapters/aws/s3-vault.ts';
import { vaultContract } from '../../contracts/vault.ts';
import { vaultRemovalContract } from '../../contracts/vault-removal.ts';
import { useMoto } from '../../support/moto.ts';

const Bucket = 'ucx-certs-vault';
const moto = useMoto();

describe('S3Vault', () => {
  vaultContract(open);
  vaultRemovalContract(open);

  it('asks for the KMS key it was given', async () => {
    const vault = await open();
    const { version } = await vault.putOnce('a', Buffer.from('secret'));
    const head = await client().send(new HeadObjectCommand({ Bucket, Key: 'a', VersionId: version }));
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'vault-key' });
  });

  it('refuses a bucket without versions', async () => {
    await client().send(new CreateBucketCommand({ Bucket: 'plain' }));
    const vault = new S3Vault({ client: client(), bucket: 'plain' });
    await expect(vault.put('a', Buffer.from('x'))).rejects.toThrow('bucket "plain" keeps no versions');
  });
});

async function open(): Promise<S3Vault> {
  const s3 = client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return new S3Vault({ client: s3, bucket: Bucket, kmsKeyId: 'vault-key' });
}

function client(): S3Client {
  const s3 = new S3Client({ ...awsClientSettings, ...moto.connection(), forcePathStyle: true });
  onTestFinished(() => s3.destroy());
  return s3;
}
