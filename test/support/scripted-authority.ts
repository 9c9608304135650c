// An HTTPS server that answers as an authority would until a test writes another answer over it.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSecureContext, TLSSocket } from 'node:tls';
import { AcmeAuthorities, type AcmeAuthoritySettings } from '../../src/adapters/acme/acme-authorities.ts';
import type { Authority, PlacedAcmeOrder } from '../../src/ports/authority.ts';
import type { AuthorityAccount } from '../../src/ports/authority-account.ts';
import type { Network } from '../../src/ports/network.ts';
import { makeRoot } from './leaves.ts';
import { loopbackNetwork } from './loopback-network.ts';
import { newAccountKey } from './order-driver.ts';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

export type Script =
  | ScriptedAnswer
  | ((origin: string, request: IncomingMessage, response: ServerResponse) => ScriptedAnswer | undefined);

export interface SignedRequest {
  readonly what: string;
  readonly nonce: unknown;
  readonly payload: unknown;
}

export interface ScriptedAuthority {
  readonly origin: string;
  readonly directoryUrl: string;
  readonly tlsRootPem: string;
  /** `POST /order` and the like; a function may also answer by itself and return undefined. */
  readonly script: (what: string, answer: Script) => void;
  /** As it was before `script`. */
  readonly unscript: (what: string) => void;
  /** What a connection meets before TLS; undefined again for TLS. */
  readonly meet: (connection: ((socket: Socket) => void) | undefined) => void;
  readonly requests: readonly string[];
  /** What the signed requests held, oldest first. */
  readonly signed: readonly SignedRequest[];
  readonly headersOf: (what: string) => IncomingMessage['headers'] | undefined;
  /** Begun so far, and open now. */
  readonly connections: () => number;
  readonly openConnections: () => readonly Socket[];
  readonly close: () => Promise<void>;
}

/** RFC 8555 by the shortest way: one account, one order for `pbx.northwind.test`, one authorization, one challenge. */
const scripts: Readonly<Record<string, Script>> = {
  'GET /dir': (origin) => ({
    body: { newNonce: `${origin}/nonce`, newAccount: `${origin}/accounts`, newOrder: `${origin}/orders` },
  }),
  'HEAD /nonce': {},
  'POST /accounts': (origin) => ({
    status: 201,
    headers: { Location: `${origin}/accounts/1` },
    body: { status: 'valid' },
  }),
  'POST /orders': (origin) => ({
    status: 201,
    headers: { Location: `${origin}/orders/1` },
    body: scriptedOrder(origin),
  }),
  'POST /orders/1': (origin) => ({ body: scriptedOrder(origin) }),
  'POST /authorizations/1': (origin) => ({ body: scriptedAuthorization(origin) }),
  'POST /challenges/1': (origin) => ({ body: scriptedChallenge(origin) }),
};

export const scriptedName = 'pbx.northwind.test';

export const scriptedNow = new Date('2026-11-23T12:00:00Z');

export function scriptedOrder(origin: string, changes: object = {}) {
  return {
    status: 'pending',
    identifiers: [{ type: 'dns', value: scriptedName }],
    authorizations: [`${origin}/authorizations/1`],
    finalize: `${origin}/orders/1/finalize`,
    ...changes,
  };
}

/** The order as the service keeps it. */
export function scriptedPlaced(origin: string, changes: Partial<PlacedAcmeOrder> = {}): PlacedAcmeOrder {
  return {
    orderUrl: `${origin}/orders/1`,
    names: [scriptedName],
    finalizeUrl: `${origin}/orders/1/finalize`,
    authorizationUrls: [`${origin}/authorizations/1`],
    ...changes,
  };
}

export function scriptedAuthorization(origin: string, changes: object = {}) {
  return {
    status: 'pending',
    identifier: { type: 'dns', value: scriptedName },
    challenges: [scriptedChallenge(origin)],
    ...changes,
  };
}

export function scriptedChallenge(origin: string, changes: object = {}) {
  return { type: 'dns-01', url: `${origin}/challenges/1`, status: 'pending', token: 'a'.repeat(43), ...changes };
}

/** One for all the servers of a process: making it costs more than most tests. */
let identity: ReturnType<typeof makeIdentity> | undefined;

export async function startScriptedAuthority(): Promise<ScriptedAuthority> {
  identity ??= makeIdentity();
  const { rootPem, secureContext } = await identity;
  const written = new Map<string, Script>();
  const requests: string[] = [];
  const headers = new Map<string, IncomingMessage['headers']>();
  const sockets = new Set<Socket>();
  let meeting: ((socket: Socket) => void) | undefined;
  let origin = '';
  let connections = 0;

  const signed: SignedRequest[] = [];
  const http = createServer(async (request, response) => {
    const what = `${request.method} ${request.url}`;
    requests.push(what);
    headers.set(what, request.headers);
    if (request.method === 'POST') signed.push(readSigned(what, await text(request)));
    const found = written.get(what) ?? scripts[what] ?? { status: 404 };
    const answer = typeof found === 'function' ? found(origin, request, response) : found;
    if (!answer) return;
    const { status = 200, body = '' } = answer;
    const isText = typeof body === 'string';
    response.writeHead(status, {
      'Content-Type': isText ? 'text/plain' : status < 400 ? 'application/json' : 'application/problem+json',
      'Replay-Nonce': `nonce-${requests.length}`,
      ...answer.headers,
    });
    response.end(isText ? body : JSON.stringify(body));
  });
  const server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (meeting) return meeting(socket);
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.on('error', () => socket.destroy());
    http.emit('connection', secure);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `https://localhost:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    origin,
    directoryUrl: `${origin}/dir`,
    tlsRootPem: rootPem,
    script: (what, answer) => void written.set(what, answer),
    unscript: (what) => void written.delete(what),
    meet: (connection) => {
      meeting = connection;
    },
    requests,
    signed,
    headersOf: (what) => headers.get(what),
    connections: () => connections,
    openConnections: () => [...sockets],
    async close() {
      for (const socket of sockets) socket.destroy();
      http.close();
      await new Promise((done) => server.close(done));
    },
  };
}

/** An account of our own at the scripted authority, opened as the service opens one. */
export function openScripted(
  { directoryUrl, tlsRootPem }: ScriptedAuthority,
  changes: Partial<AcmeAuthoritySettings> & { readonly network?: Network; readonly now?: () => Date } = {},
): Promise<Authority & AuthorityAccount> {
  const { network = loopbackNetwork, now = () => scriptedNow, ...settings } = changes;
  const all = { directoryUrl, roots: [tlsRootPem], timeoutMs: 5000, ...settings };
  const authorities = new AcmeAuthorities({ network, settings: { ca: all }, now });
  return authorities.open('ca', { key: newAccountKey(), accountUrl: undefined });
}

/** A problem document as an authority sends it. */
export function refusing(
  type: string,
  detail: string,
  status = 400,
  headers: ScriptedAnswer['headers'] = {},
): ScriptedAnswer {
  return { status, headers, body: { type: `urn:ietf:params:acme:error:${type}`, detail } };
}

function readSigned(what: string, body: string): SignedRequest {
  const { protected: header, payload } = JSON.parse(body);
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { what, nonce: read(header).nonce, payload: payload === '' ? undefined : read(payload) };
}

async function makeIdentity() {
  const root = await makeRoot();
  const { chainPem, keyPem } = await root.leaf({ names: ['localhost', '127.0.0.1'] });
  return { rootPem: root.pem, secureContext: createSecureContext({ cert: chainPem, key: keyPem }) };
}
