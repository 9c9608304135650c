// A relay in front of moto that loses answers and refuses, as AWS does and moto does not.

import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Moto } from './moto.ts';
import { jsonError } from './scripted-aws.ts';

/** `lost`: carried out, and answered with a failure of AWS's own. Otherwise refused without effect. */
export type RelayFate =
  | 'passed'
  | 'lost'
  | { readonly status: number; readonly code: string; readonly message?: string };

export interface MotoRelay {
  readonly connection: Moto['connection'];
  /** What happens to requests from now on. */
  readonly behave: (fate: RelayFate) => void;
}

/** Ended with the test. */
export async function motoRelay(moto: Moto): Promise<MotoRelay> {
  let fate: RelayFate = 'passed';
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (typeof fate === 'object') return jsonError(response, fate.status, fate.code, fate.message);
    const { status, headers, content } = await relayed(moto.connection().endpoint, request, body);
    if (fate === 'lost') return jsonError(response, 500, 'InternalFailure', 'lost');
    response.writeHead(status, headers).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    connection: () => ({ ...moto.connection(), endpoint }),
    behave: (next) => {
      fate = next;
    },
  };
}

async function relayed(endpoint: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  const outgoing = httpRequest(new URL(url ?? '/', endpoint), { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, content: await buffer(incoming) };
}
