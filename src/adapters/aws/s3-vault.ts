// The vault in one versioned bucket of S3, each version encrypted with a key of KMS: S3 decides who was first.

import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Problem } from '../../domain/problem.ts';
import { checkVaultName, missingFromVault } from '../../domain/vault-name.ts';
import type { Vault, VaultRef } from '../../ports/vault.ts';
import type { VaultRemoval } from '../../ports/vault-removal.ts';
import { awsStatus, awsWords, callAws, isAwsError } from './aws-calls.ts';

export interface S3VaultOptions {
  /** Made with `awsClientSettings`; closed by whoever made it. */
  readonly client: S3Client;

  /** Versioned, and of nobody else. */
  readonly bucket: string;

  /** Id or ARN. @default - the key AWS keeps for S3 in this account */
  readonly kmsKeyId?: string | undefined;

  /** For one call with all its attempts. @default AWS_CALL_DEADLINE_MS */
  readonly timeoutMs?: number | undefined;
}

/** What S3 gives out as a version: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html; `null` is none of a versioned bucket. */
const VERSION = /^(?!null$)[A-Za-z0-9._-]{1,1024}$/;

/** Something else happened at the name at the same moment (409), or what stood there was destroyed between two requests of ours. */
const ATTEMPTS = 5;

/** Needs `s3:PutObject`, `s3:GetObject` and `s3:GetObjectVersion`, and `s3:DeleteObjectVersion` where keys are destroyed; no right to list. */
export class S3Vault implements Vault, VaultRemoval {
  readonly #options: S3VaultOptions;

  constructor(options: S3VaultOptions) {
    this.#options = options;
  }

  async put(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    return await this.#put(name, bytes, {});
  }

  async putOnce(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        return await this.#put(name, bytes, { IfNoneMatch: '*' });
      } catch (error) {
        // Also when the answer to our own first attempt was lost: what stands is then ours.
        const standing = awsStatus(error) === 412 ? await this.#head(name) : undefined;
        if (standing !== undefined) return { name, version: standing };
        if (awsStatus(error) !== 412 && !isAwsError(error, 'ConditionalRequestConflict')) throw error;
      }
    }
    throw new Problem('vault-unavailable', `vault did not keep "${name}" once: it kept changing at the same moment`);
  }

  async get(ref: VaultRef): Promise<Uint8Array> {
    checkVaultName(ref.name);
    if (!VERSION.test(ref.version)) throw missingFromVault(ref);
    try {
      return await this.#call(`read "${ref.name}"`, async (options) => {
        const input = { Bucket: this.#options.bucket, Key: ref.name, VersionId: ref.version };
        const { Body } = await this.#options.client.send(new GetObjectCommand(input), options);
        if (Body === undefined) throw new Error('S3 answered without a body');
        return Uint8Array.from(await Body.transformToByteArray());
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
      const { message } = missingFromVault(ref);
      const hidden = isAwsError(error, 'AccessDenied')
        ? `, or shows it to nobody with our rights: ${awsWords(error)}`
        : '';
      throw new Problem('vault-item-missing', `${message}${hidden}`);
    }
  }

  async destroy(ref: VaultRef): Promise<void> {
    checkVaultName(ref.name);
    if (!VERSION.test(ref.version)) return;
    const input = { Bucket: this.#options.bucket, Key: ref.name, VersionId: ref.version };
    try {
      await this.#call(
        `destroy a version of "${ref.name}"`,
        async (options) => await this.#options.client.send(new DeleteObjectCommand(input), options),
      );
    } catch (error) {
      // A right to destroy that is missing must be seen; a version of another form than S3's is not there.
      if (!isMissing(error) || isAwsError(error, 'AccessDenied')) throw error;
    }
  }

  async #put(
    name: string,
    bytes: Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfNoneMatch'>,
  ): Promise<VaultRef> {
    const { client, bucket, kmsKeyId } = this.#options;
    const input: PutObjectCommandInput = {
      Bucket: bucket,
      Key: name,
      // A copy: the caller may clear its own while we send.
      Body: Uint8Array.from(bytes),
      ServerSideEncryption: 'aws:kms',
      ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
      ...condition,
    };
    const { VersionId } = await this.#call(
      `keep "${name}"`,
      async (options) => await client.send(new PutObjectCommand(input), options),
    );
    return { name, version: this.#versionOf(VersionId) };
  }

  /** The version of what stands at the name; undefined when nothing does. */
  async #head(name: string): Promise<string | undefined> {
    const input = { Bucket: this.#options.bucket, Key: name };
    try {
      const { VersionId } = await this.#call(
        `find "${name}"`,
        async (options) => await this.#options.client.send(new HeadObjectCommand(input), options),
      );
      return this.#versionOf(VersionId);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #versionOf(version: string | undefined): string {
    if (version !== undefined && VERSION.test(version)) return version;
    throw new Error(`bucket "${this.#options.bucket}" keeps no versions; a vault needs a versioned one`);
  }

  #call<Output>(doing: string, send: Parameters<typeof callAws<Output>>[1]): Promise<Output> {
    const { timeoutMs } = this.#options;
    return callAws({ doing, unavailable: 'vault-unavailable', timeoutMs }, send);
  }
}

/**
 * Who may not list a bucket is told `AccessDenied` of what is not there
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"), and our roles may not. `InvalidArgument`: no version
 * of S3's making.
 */
function isMissing(error: unknown): boolean {
  return isAwsError(
    error,
    'NoSuchVersion',
    'NoSuchKey',
    'NotFound',
    'AccessDenied',
    'InvalidArgument',
    'MethodNotAllowed',
  );
}
