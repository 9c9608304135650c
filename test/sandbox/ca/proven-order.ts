// The steps of an order with the raw client, for tests that look at what happens in one of them.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as acme from 'acme-client';
import type { CaUnderTest } from './ca-under-test.ts';
import type { RawAcme, RawAnswer } from './raw-acme.ts';

/** What these steps need of a CA under test. */
export type Driven = Pick<CaUnderTest, 'client' | 'dns'>;

export interface ShownChallenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
  readonly status: string;
  readonly error?: { readonly type: string; readonly detail: string };
}

export interface ShownAuthorization {
  readonly url: string;
  readonly status: string;
  readonly challenges: readonly ShownChallenge[];
  readonly retryAfter: string | undefined;
}

/** The first authorization of an order. */
export async function authorizationOf(client: RawAcme, order: RawAnswer): Promise<ShownAuthorization> {
  const [url] = order.json.authorizations as string[];
  const { json, headers } = await client.read(url);
  const { status, challenges } = json as { status: string; challenges: ShownChallenge[] };
  return { url: String(url), status, challenges, retryAfter: headers['retry-after'] };
}

export async function dns01Of(client: RawAcme, order: RawAnswer): Promise<ShownChallenge> {
  const challenge = (await authorizationOf(client, order)).challenges.find(({ type }) => type === 'dns-01');
  if (challenge === undefined) throw new Error('no dns-01 is offered');
  return challenge;
}

/** An order for one name, with the right value in the DNS, not yet told to the CA. `more`: what else stands in newOrder. */
export async function presentedOrder(
  { client, dns }: Driven,
  name: string,
  more: object = {},
): Promise<{ order: RawAnswer; challenge: ShownChallenge }> {
  const order = await client.orderWith(more, name);
  const challenge = await dns01Of(client, order);
  dns.addTxt(`_acme-challenge.${name}`, client.txtValue(challenge.token));
  return { order, challenge };
}

/** An order for one name that wants nothing more but its CSR. */
export async function readyOrder(world: Driven, name: string, more: object = {}): Promise<RawAnswer> {
  const { order, challenge } = await presentedOrder(world, name, more);
  await world.client.post(challenge.url, {});
  await settled(() => world.client.read(order.headers.location), 'pending');
  return order;
}

/** Asks again until the status is another one. */
export async function settled(ask: () => Promise<RawAnswer>, unsettled: string): Promise<RawAnswer> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const answer = await ask();
    if (answer.json.status !== unsettled) return answer;
    if (performance.now() > deadline) throw new Error(`still ${unsettled}`);
  }
}

/** With a new EC key unless another one is given. */
export async function csrFor(name: string, key?: KeyObject): Promise<string> {
  const privateKey = key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pem = Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const [, csr] = await acme.crypto.createCsr({ altNames: [name] }, pem);
  return csr
    .toString()
    .replace(/-----[^-]+-----|\s/g, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The whole order; the answer is that of the certificate's download. */
export async function downloaded(world: Driven, name: string, wanted: Wanted = {}): Promise<RawAnswer> {
  return world.client.read(await issuedUrl(world, name, wanted));
}

/** The URL of the certificate of an order that went the whole way. */
export async function issuedUrl(world: Driven, name: string, { key, more = {} }: Wanted = {}): Promise<string> {
  const order = await readyOrder(world, name, more);
  await world.client.post(String(order.json.finalize), { csr: await csrFor(name, key) });
  const valid = await settled(() => world.client.read(order.headers.location), 'processing');
  return String(valid.json.certificate);
}

export interface Wanted {
  /** Of the leaf. */
  readonly key?: KeyObject;
  /** What else stands in newOrder. */
  readonly more?: object;
}
