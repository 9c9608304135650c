// The parts of acme-client 5.4.0 we stand under (src/http.js) and over (src/api.js): its signatures, without its transport.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { Client } from 'acme-client';
import type { Nonce } from './acme-nonces.ts';
import type { HttpAnswer } from './acme-transport.ts';

export interface AnswerForAcmeClient {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: HttpAnswer;
}

/** acme-client's types leave them out. */
export interface AcmeClientInternals {
  readonly http: {
    accountKey: KeyObject;
    jwk: object;
    maxBadNonceRetries: number;
    externalAccountBinding: { readonly kid?: string; readonly hmacKey?: string };
    getNonce: () => Promise<string>;
    request: (url: string, method: string, options: { readonly data: unknown }) => Promise<AnswerForAcmeClient>;
    createSignedBody(url: string, payload: object): object;
  };
  readonly api: {
    apiRequest(
      url: string,
      payload: object | null,
      validStatusCodes: readonly number[],
      options: { readonly includeJwsKid: boolean; readonly includeExternalAccountBinding: boolean },
    ): Promise<AnswerForAcmeClient>;
  };
  getChallengeKeyAuthorization: Client['getChallengeKeyAuthorization'];
}

/** It never reaches a directory of its own: our endpoint names every URL. */
const NOWHERE = 'https://unused.invalid';

/** Reading a public key out of a private one costs more than signing with it. */
const publicHalves = new WeakMap<KeyObject, object>();

/**
 * A client of its own per request: what is replaced in it is seen by no other, and acme-client's axios is never reached. It is given the
 * key as Node holds it, so that nothing is read from PEM for each signature.
 */
export function internalsOf(key: KeyObject, accountUrl: string | undefined): AcmeClientInternals {
  const client = new Client({
    directoryUrl: NOWHERE,
    accountKey: 'given below',
    ...(accountUrl === undefined ? {} : { accountUrl }),
  });
  const internals = client as unknown as AcmeClientInternals;
  const { http, api } = internals;
  const present = [http?.request, http?.getNonce, http?.createSignedBody, api?.apiRequest];
  if (!present.every((part) => typeof part === 'function')) {
    throw new Error('acme-client is not the 5.4.0 this adapter was written for');
  }
  http.accountKey = key;
  http.jwk = jwkOf(key);
  return internals;
}

/** acme-client signs again with the nonce in the headers when it reads of a refused one (RFC 8555, 6.5). */
export function refusedNonce(answer: HttpAnswer, fresh: Nonce | undefined): AnswerForAcmeClient {
  const headers = fresh === undefined ? {} : { 'replay-nonce': fresh.value };
  return { status: 400, data: { type: 'urn:ietf:params:acme:error:badNonce' }, headers, answer };
}

/** Of any other answer it sees nothing to judge. */
export function unread(answer: HttpAnswer): AnswerForAcmeClient {
  return { status: answer.status, data: undefined, headers: {}, answer };
}

/** The JWK of its public half, members in the order of RFC 7638, 3. */
function jwkOf(key: KeyObject): object {
  const known = publicHalves.get(key);
  if (known) return known;
  const members = Object.entries(createPublicKey(key).export({ format: 'jwk' }));
  const jwk = Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
  publicHalves.set(key, jwk);
  return jwk;
}

export interface AcmeKeyChange {
  readonly newKey: KeyObject;
  readonly oldKey: KeyObject;
  readonly accountUrl: string;
}

/** RFC 8555, 7.3.5: what the old key sends, signed by the new one to show that whoever asks holds both. */
export function signedForKeyChange(url: string, { newKey, oldKey, accountUrl }: AcmeKeyChange): object {
  const { http } = internalsOf(newKey, undefined);
  return http.createSignedBody(url, { account: accountUrl, oldKey: jwkOf(oldKey) });
}

/** RFC 8555, 8.4, computed by acme-client. */
export async function txtValueFor(key: KeyObject, token: string): Promise<string> {
  const client = internalsOf(key, undefined);
  return await client.getChallengeKeyAuthorization({ type: 'dns-01', token, url: '', status: 'pending' });
}
