// Secrets when Secrets Manager is busy: one request for many, a problem that says to come back, and nothing shown.

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecretLinkKeys } from '../../../src/adapters/aws/secret-keys.ts';
import { Secrets } from '../../../src/adapters/aws/secrets.ts';
import { jsonError, type ScriptedAws, scriptedAws } from '../../support/scripted-aws.ts';

describe('Secrets', () => {
  it('asks once for all who ask at the same moment', async () => {
    const aws = await scriptedAws((_, response) => response.end('{"SecretString":"one"}'));
    const secrets = over(aws);
    expect(await Promise.all([secrets.read('a'), secrets.read('a'), secrets.read('a')])).toEqual(['one', 'one', 'one']);
    expect(aws.asked()).toBe(1);
  });

  it.each([
    { status: 400, code: 'ThrottlingException' },
    { status: 500, code: 'InternalServiceError' },
  ])('may be asked again when it says $code', async ({ status, code }) => {
    const aws = await scriptedAws((_, response) => jsonError(response, status, code, 'later'));
    const secrets = over(aws);
    await expect(secrets.read('a')).rejects.toMatchObject({
      name: 'secret-unavailable',
      message: `did not read secret "a": ${code}: later`,
    });
    await expect(new SecretLinkKeys({ secrets, name: 'a' }).list()).rejects.toMatchObject({
      name: 'inventory-unavailable',
    });
    expect(aws.asked()).toBe(2);
  });

  it('passes on no word of a refusal but its name', async () => {
    const aws = await scriptedAws((_, response) => jsonError(response, 400, 'AccessDeniedException', 'hunter2'));
    const refused = await over(aws)
      .read('a')
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      name: 'secret-not-usable',
      message: 'secret "a" could not be read: AccessDeniedException',
    });
    expect((refused as Error).cause).toBeUndefined();
  });

  it('takes a secret of bytes for none', async () => {
    const aws = await scriptedAws((_, response) => response.end('{"SecretBinary":"AAAA"}'));
    await expect(over(aws).read('a')).rejects.toMatchObject({
      name: 'secret-not-usable',
      message: 'secret "a" has no text',
    });
  });

  it('ends at its deadline', async () => {
    const aws = await scriptedAws(() => undefined);
    await expect(over(aws, 80).read('a')).rejects.toMatchObject({ name: 'secret-unavailable' });
  });
});

function over({ connection }: ScriptedAws, timeoutMs?: number): Secrets {
  const client = new SecretsManagerClient({ ...connection, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return new Secrets({ client, now: () => new Date(0), timeoutMs });
}
