// What people put into Secrets Manager.

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { Secrets } from '../../src/adapters/aws/secrets.ts';

let made: Secrets | undefined;

/** One for all services of a function: values are remembered there. */
export function secrets(): Secrets {
  made ??= new Secrets({ client: new SecretsManagerClient(awsClientSettings), now: () => new Date() });
  return made;
}
