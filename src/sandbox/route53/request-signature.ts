// Whether a request carries a right AWS Signature Version 4, so that an adapter that forgets to sign is found here.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export type SignatureFinding =
  | 'right'
  | 'MissingAuthenticationToken'
  | 'InvalidClientTokenId'
  | 'SignatureDoesNotMatch';

/**
 * Answers with what Route 53 would call it. The age of the signature is not judged: the sandbox's clock may jump.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function judgeSignature(request: SignedRequest, accessKey: AccessKey): SignatureFinding {
  const authorization = headerOf(request, 'authorization');
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!found) return 'MissingAuthenticationToken';
  const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = found;
  if (accessKeyId !== accessKey.accessKeyId) return 'InvalidClientTokenId';
  const names = signedHeaders.split(';');
  if (service !== 'route53' || !names.includes('host')) return 'SignatureDoesNotMatch';

  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, names));
  const toSign = ['AWS4-HMAC-SHA256', headerOf(request, 'x-amz-date'), scope, canonical].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${accessKey.secretAccessKey}`),
  );
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex')) ? 'right' : 'SignatureDoesNotMatch';
}

function canonicalRequest(request: SignedRequest, names: readonly string[]): string {
  const [path = '', query = ''] = request.target.split('?', 2);
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const headers = names.map((name) => `${name}:${headerOf(request, name).trim().replaceAll(/ +/g, ' ')}\n`);
  const canonicalPath = path.split('/').map(encoded).join('/');
  return [
    request.method,
    canonicalPath,
    parameters.sort().join('&'),
    headers.join(''),
    names.join(';'),
    sha256(request.body),
  ].join('\n');
}

function headerOf(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
