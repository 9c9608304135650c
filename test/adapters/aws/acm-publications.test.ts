// AcmPublications when ACM is busy or quotes what it was sent.

import { ACMClient } from '@aws-sdk/client-acm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AcmPublications } from '../../../src/adapters/aws/acm-publications.ts';
import type { CertificateToPublish } from '../../../src/ports/publications.ts';
import { makeRoot } from '../../support/leaves.ts';
import { jsonError, type ScriptedAws, scriptedAws } from '../../support/scripted-aws.ts';

describe('AcmPublications', () => {
  it.each([
    { status: 400, code: 'ThrottlingException' },
    { status: 500, code: 'InternalFailure' },
  ])('may be asked again when ACM says $code', async ({ status, code }) => {
    const aws = await scriptedAws((_, response) => jsonError(response, status, code, 'later'));
    await expect(over(aws).publish(await certificate())).rejects.toMatchObject({ name: 'publication-unavailable' });
  });

  it('shows nothing of a key that ACM quotes', async () => {
    const wanted = await certificate();
    const said = `Value '${wanted.privateKeyPem}' at 'privateKey' failed to satisfy constraint`;
    const aws = await scriptedAws((_, response) => jsonError(response, 400, 'ValidationException', said));
    const refused = await over(aws)
      .publish({ ...wanted, reference: 'arn:aws:acm:us-east-1:1:certificate/a' })
      .catch(String);
    expect(refused).toMatch(/^publication-refused: ACM did not import .*: ValidationException: Value '\(secret\)/);
    expect(refused).not.toContain(wanted.privateKeyPem.split('\n')[1]);
  });

  it('ends at its deadline', async () => {
    const aws = await scriptedAws(() => undefined);
    await expect(over(aws).publish(await certificate())).rejects.toMatchObject({ name: 'publication-unavailable' });
  });
});

async function certificate(): Promise<CertificateToPublish> {
  const server = 'pbx.northwind.test';
  const { chainPem, keyPem } = await (await makeRoot()).leaf({ names: [server] });
  return { partner: 'northwind', server, chainPem, privateKeyPem: keyPem };
}

function over({ connection }: ScriptedAws): AcmPublications {
  const client = new ACMClient({ ...connection, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return new AcmPublications({ client, timeoutMs: 300 });
}
