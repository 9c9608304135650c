// A client for Route 53 that never waits without end and leaves retrying to us.

import { Route53Client } from '@aws-sdk/client-route-53';

export interface Route53ClientOptions {
  /** Somewhere else than AWS: the sandbox. @default - AWS */
  readonly endpoint?: string;
  /** @default - the role of the process */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Route 53 is one service for the whole world; its requests are signed for this region. */
const REGION = 'us-east-1';

const CONNECT_TIMEOUT_MS = 3000;
const SOCKET_TIMEOUT_MS = 10_000;

/** One attempt a request: `Route53Calls` retries within the caller's deadline, which the SDK does not know. */
export function route53Client({ endpoint, credentials }: Route53ClientOptions = {}): Route53Client {
  return new Route53Client({
    region: REGION,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
  });
}
