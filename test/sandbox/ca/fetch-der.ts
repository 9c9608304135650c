// What a relying party fetches from the CA: without a signature, as bytes.

import { get } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { ReachableCa } from './raw-acme.ts';

export interface FetchedDer {
  readonly body: Buffer<ArrayBuffer>;
  readonly contentType: string;
}

export async function fetchDer(ca: ReachableCa, path: string): Promise<Buffer<ArrayBuffer>> {
  return (await fetchTyped(ca, path)).body;
}

export async function fetchTyped({ directoryUrl, tlsRootPem }: ReachableCa, path: string): Promise<FetchedDer> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchedDer>();
  const options = { ca: tlsRootPem, agent: false, headers: { 'user-agent': 'phone' }, timeout: 5_000 } as const;
  get(new URL(path, directoryUrl), options, (response) => {
    const contentType = String(response.headers['content-type']);
    buffer(response).then((body) => resolve({ body: Buffer.from(body), contentType }), reject);
  }).on('error', reject);
  return await promise;
}
