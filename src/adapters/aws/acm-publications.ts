// Certificates published into ACM: imported once, then always into the same ARN, which load balancers keep.

import {
  type ACMClient,
  AddTagsToCertificateCommand,
  type CertificateSummary,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  type Tag,
} from '@aws-sdk/client-acm';
import { Problem } from '../../domain/problem.ts';
import { type PublishedChain, publishedChain } from '../../domain/published-chain.ts';
import type { CertificateToPublish, Publications } from '../../ports/publications.ts';
import { awsWords, callAws, isAwsError } from './aws-calls.ts';

export interface AcmPublicationsOptions {
  /** Of the region whose load balancers read it; made with `awsClientSettings`, closed by whoever made it. */
  readonly client: ACMClient;

  /** For one call with all its attempts. @default AWS_CALL_DEADLINE_MS */
  readonly timeoutMs?: number | undefined;
}

/** Tags of every certificate of ours. */
export const PUBLICATION_TAGS = { partner: 'ucx-certs:partner', server: 'ucx-certs:server' } as const;

/** Without them ACM lists RSA of 1024 and 2048 bits alone: https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html */
const KEY_TYPES = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1'] as const;
const PAGE = 1_000;

/** An account has 2,500 certificates unless it asked for more: https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html */
const MAX_PAGES = 20;

type Wanted = Pick<CertificateToPublish, 'partner' | 'server' | 'reference'>;

/**
 * Needs `acm:ImportCertificate`, `acm:AddTagsToCertificate`, `acm:ListCertificates` and `acm:ListTagsForCertificate`. ACM takes one import a
 * second and 5,000 a year; a re-import counts.
 */
export class AcmPublications implements Publications {
  readonly #options: AcmPublicationsOptions;

  constructor(options: AcmPublicationsOptions) {
    this.#options = options;
  }

  async publish(certificate: CertificateToPublish): Promise<{ readonly reference: string }> {
    const chain = publishedChain(certificate.chainPem, certificate.privateKeyPem);
    const tags = tagsOf(certificate);
    const standing =
      (await this.#replace(certificate, chain, certificate.reference)) ??
      (await this.#replace(certificate, chain, await this.#find(certificate, chain)));
    if (standing === undefined) return { reference: await this.#importNew(certificate, chain, tags) };
    // ACM takes no tags where a certificate takes another's place.
    const tagged = new AddTagsToCertificateCommand({ CertificateArn: standing, Tags: tags });
    await this.#call('tag', async (options) => await this.#options.client.send(tagged, options));
    return { reference: standing };
  }

  async #replace(
    certificate: CertificateToPublish,
    chain: PublishedChain,
    arn: string | undefined,
  ): Promise<string | undefined> {
    return arn === undefined ? undefined : await this.#import(certificate, chain, { CertificateArn: arn });
  }

  async #importNew(certificate: CertificateToPublish, chain: PublishedChain, tags: Tag[]): Promise<string> {
    const arn = await this.#import(certificate, chain, { Tags: tags });
    if (arn !== undefined) return arn;
    throw new Problem('publication-refused', `ACM gave no ARN for the certificate of "${certificate.server}"`);
  }

  /** Undefined when what should be replaced is not there. */
  async #import(
    { privateKeyPem, server }: CertificateToPublish,
    { leafPem, intermediatesPem }: PublishedChain,
    place: { readonly CertificateArn: string } | { readonly Tags: Tag[] },
  ): Promise<string | undefined> {
    const command = new ImportCertificateCommand({
      Certificate: Buffer.from(leafPem),
      PrivateKey: Buffer.from(privateKeyPem),
      ...(intermediatesPem === undefined ? {} : { CertificateChain: Buffer.from(intermediatesPem) }),
      ...place,
    });
    try {
      const { CertificateArn } = await this.#call(
        `import the certificate of "${server}"`,
        async (options) => await this.#options.client.send(command, options),
      );
      return CertificateArn;
    } catch (error) {
      if ('CertificateArn' in place && isAwsError(error, 'ResourceNotFoundException', 'InvalidArnException'))
        return undefined;
      throw error;
    }
  }

  /** That of an earlier call whose answer was lost: its name is one of the leaf's, its tags are ours. */
  async #find(wanted: Wanted, { names }: PublishedChain): Promise<string | undefined> {
    let NextToken: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const command = new ListCertificatesCommand({
        Includes: { keyTypes: [...KEY_TYPES] },
        MaxItems: PAGE,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const answer = await this.#call('list', async (options) => await this.#options.client.send(command, options));
      const found = await this.#ours(answer.CertificateSummaryList ?? [], wanted, names);
      if (found !== undefined) return found;
      NextToken = answer.NextToken;
      if (NextToken === undefined) return undefined;
    }
    return undefined;
  }

  async #ours(
    listed: readonly CertificateSummary[],
    wanted: Wanted,
    names: readonly string[],
  ): Promise<string | undefined> {
    for (const { CertificateArn, DomainName = '', SubjectAlternativeNameSummaries = [], Type } of listed) {
      const said = [DomainName, ...SubjectAlternativeNameSummaries].filter((name) => name !== '');
      const shares = said.length === 0 || said.some((name) => names.includes(name.toLowerCase()));
      if (CertificateArn === undefined || Type !== 'IMPORTED' || !shares) continue;
      const command = new ListTagsForCertificateCommand({ CertificateArn });
      const { Tags = [] } = await this.#call(
        'read tags',
        async (options) => await this.#options.client.send(command, options),
      );
      const isOurs = tagsOf(wanted).every(({ Key, Value }) =>
        Tags.some((tag) => tag.Key === Key && tag.Value === Value),
      );
      if (isOurs) return CertificateArn;
    }
    return undefined;
  }

  /** What ACM refuses is told without the library's error, which can hold what was sent. */
  async #call<Output>(doing: string, send: Parameters<typeof callAws<Output>>[1]): Promise<Output> {
    try {
      return await callAws({ doing, unavailable: 'publication-unavailable', timeoutMs: this.#options.timeoutMs }, send);
    } catch (error) {
      if (error instanceof Problem || isAwsError(error, 'ResourceNotFoundException', 'InvalidArnException'))
        throw error;
      throw new Problem('publication-refused', `ACM did not ${doing}: ${awsWords(error)}`);
    }
  }
}

function tagsOf({ partner, server }: Pick<CertificateToPublish, 'partner' | 'server'>): Tag[] {
  return [
    { Key: PUBLICATION_TAGS.partner, Value: partner },
    { Key: PUBLICATION_TAGS.server, Value: server },
  ];
}
