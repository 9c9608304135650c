// The vault's bucket and the key it is encrypted with.

import { S3Client } from '@aws-sdk/client-s3';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { S3Vault } from '../../src/adapters/aws/s3-vault.ts';
import { setting } from '../settings.ts';

export function vault(): S3Vault {
  return new S3Vault({
    client: new S3Client(awsClientSettings),
    bucket: setting('vaultBucket'),
    kmsKeyId: setting('vaultKey'),
  });
}
