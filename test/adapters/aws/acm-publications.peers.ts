// AcmPublications keeps the rules of the port over moto's ACM.

import { X509Certificate } from 'node:crypto';
import {
  ACMClient,
  DeleteCertificateCommand,
  GetCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm';
import { describe, onTestFinished } from 'vitest';
import { AcmPublications, PUBLICATION_TAGS } from '../../../src/adapters/aws/acm-publications.ts';
import { awsClientSettings } from '../../../src/adapters/aws/aws-calls.ts';
import { publicationsContract } from '../../contracts/publications.ts';
import { useMoto } from '../../support/moto.ts';

const moto = useMoto();

describe('AcmPublications', () => {
  publicationsContract(async () => {
    const client = new ACMClient({ ...awsClientSettings, ...moto.connection() });
    onTestFinished(() => client.destroy());
    return {
      publications: new AcmPublications({ client }),
      held: (arn) => held(client, arn),
      count: async () => {
        const { CertificateSummaryList } = await client.send(new ListCertificatesCommand({}));
        return CertificateSummaryList?.length ?? 0;
      },
      take: async (CertificateArn) => void (await client.send(new DeleteCertificateCommand({ CertificateArn }))),
    };
  });
});

async function held(client: ACMClient, CertificateArn: string) {
  const { Certificate, CertificateChain } = await client.send(new GetCertificateCommand({ CertificateArn }));
  const { Tags = [] } = await client.send(new ListTagsForCertificateCommand({ CertificateArn }));
  const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
  return {
    leafPem: Certificate ?? '',
    intermediatesPem: withoutAmazon(CertificateChain ?? ''),
    partner: tag(PUBLICATION_TAGS.partner),
    server: tag(PUBLICATION_TAGS.server),
  };
}

/** Moto puts an intermediate of Amazon's under every chain, also under one that was imported. */
function withoutAmazon(chainPem: string): string | undefined {
  const blocks = chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const others = blocks.filter((block) => !new X509Certificate(block).subject.includes('O=Amazon'));
  return others.length === 0 ? undefined : others.join('\n');
}
