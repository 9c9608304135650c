// Secrets Manager; each secret is read when it is needed, and believed for a few minutes.

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { Secrets } from '../../src/adapters/aws/secrets.ts';

export function secrets(): Secrets {
  return new Secrets({ client: new SecretsManagerClient(awsClientSettings), now: () => new Date() });
}
