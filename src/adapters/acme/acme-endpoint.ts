// The one place where acme-client is repaired: our transport, nonces, deadline and problems under its signatures.

import type { KeyObject } from 'node:crypto';
import { Client } from 'acme-client';
import { Problem } from '../../domain/problem.ts';
import { type AcmeAnswers, type AcmeDirectory, answersOf, tryJson } from './acme-answers.ts';
import { isGone, readErrorDocument, requestProblem } from './acme-problems.ts';
import { Deadline, exchange, type HttpAnswer, type HttpQuestion, type TransportOptions } from './acme-transport.ts';
import { parseRetryAfter } from './retry-after.ts';

const DIRECTORY_AGE_MS = 60 * 60 * 1000;

/** RFC 8555, 6.5 asks for a retry; the port's rule 7 sets the end. */
const MAX_NONCE_RETRIES = 10;

/** Nonces kept for later; a pool that is older than the authority's memory costs one refusal, which empties it. */
const MAX_NONCES = 32;

/** RFC 8555, 6.5.1: base64url; anything else is not a nonce. */
const NONCE = /^[A-Za-z0-9_-]{1,512}$/;

const USER_AGENT = 'ucx-certs acme-client/5.4.0';

export interface EndpointOptions extends TransportOptions {
  readonly authorityId: string;
  readonly directoryUrl: URL;
  readonly timeoutMs: number;
  readonly now: () => Date;
}

export interface AcmeAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly body: string;
}

export interface AcmePost {
  /** What we are doing, for messages: `place an order`. */
  readonly doing: string;
  readonly url: string;
  /** Absent: POST-as-GET (RFC 8555, 6.3). */
  readonly payload?: object;
  readonly accept?: string;
  /** What the URL belongs to: an authority that does not know it (any more) is a `ca-order-gone` problem. */
  readonly partOf?: 'order';
  /** Signs with the key itself instead of the account's URL; only newAccount wants that. */
  readonly signedBy: { readonly key: KeyObject; readonly accountUrl: string | undefined };
}

/** Shared by all accounts at one authority: its directory and the nonces it gave us (they are not bound to an account). */
export class AcmeEndpoint {
  readonly answers: AcmeAnswers;
  readonly #options: EndpointOptions;
  #nonces: string[] = [];
  #directory: { readonly value: AcmeDirectory; readonly readAt: number } | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.answers = answersOf(options.directoryUrl, options.authorityId);
  }

  /** One for all that is asked on behalf of one call of the port. */
  deadline(): Deadline {
    return new Deadline(this.#options.timeoutMs);
  }

  async directory(deadline: Deadline): Promise<AcmeDirectory> {
    const now = this.#options.now().getTime();
    if (this.#directory && now - this.#directory.readAt < DIRECTORY_AGE_MS) return this.#directory.value;
    const answer = await this.#send({ method: 'GET', url: this.#options.directoryUrl, headers: {} }, deadline);
    this.#refuse({ doing: 'read the directory' }, answer);
    const value = this.answers.directory(answer.body);
    this.#directory = { value, readAt: now };
    return value;
  }

  /** Answers what the authority accepted (2xx); all else is a problem. A refused nonce is retried, signed anew with the fresh one. */
  async post(post: AcmePost, deadline: Deadline): Promise<AcmeAnswer> {
    const { payload, accept, signedBy } = post;
    const target = this.answers.url(post.url, 'url');
    const { http, api } = internalsOf(signedBy.key, signedBy.accountUrl, this.#options.directoryUrl);
    http.maxBadNonceRetries = MAX_NONCE_RETRIES;
    http.getNonce = () => this.#nonce(deadline);
    http.request = async (_url, _method, { data }) => {
      const headers = { 'Content-Type': 'application/jose+json', ...(accept ? { Accept: accept } : {}) };
      const question = { method: 'POST', url: new URL(target), headers, body: JSON.stringify(data) } as const;
      return this.#forAcmeClient(await this.#send(question, deadline));
    };
    const includeJwsKid = signedBy.accountUrl !== undefined;
    const { answer } = await api.apiRequest(target, payload ?? null, [], { includeJwsKid });
    this.#refuse(post, answer);
    return {
      status: answer.status,
      location: answer.headers.location,
      retryAfterMs: this.#retryAfterMs(answer),
      body: answer.body,
    };
  }

  /**
   * acme-client sees a refused nonce as it wants to see it and signs again with the nonce in the headers (RFC 8555, 6.5).
   * Of any other answer it sees nothing to judge, and the nonce goes to the pool.
   */
  #forAcmeClient(answer: HttpAnswer): AnswerForAcmeClient {
    const fresh = this.#readNonce(answer);
    const data = answer.status === 400 ? tryJson(answer.body) : undefined;
    if (readErrorDocument(data)?.type === 'badNonce') {
      this.#nonces = [];
      return { status: 400, data, headers: fresh ? { 'replay-nonce': fresh } : {}, answer };
    }
    if (fresh) this.#keepNonce(fresh);
    return { status: answer.status, data: undefined, headers: {}, answer };
  }

  async #nonce(deadline: Deadline): Promise<string> {
    const kept = this.#nonces.pop();
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory(deadline);
    const answer = await this.#send({ method: 'HEAD', url: new URL(newNonce), headers: {} }, deadline);
    this.#refuse({ doing: 'fetch a nonce' }, answer);
    const fresh = this.#readNonce(answer);
    if (fresh === undefined) throw new Problem('ca-answer-malformed', this.#at('no nonce where one was promised'));
    return fresh;
  }

  #readNonce(answer: HttpAnswer): string | undefined {
    const value = answer.headers['replay-nonce'];
    return typeof value === 'string' && NONCE.test(value) ? value : undefined;
  }

  #keepNonce(nonce: string): void {
    this.#nonces.push(nonce);
    if (this.#nonces.length > MAX_NONCES) this.#nonces.shift();
  }

  async #send(question: HttpQuestion, deadline: Deadline): Promise<HttpAnswer> {
    const headers = { 'User-Agent': USER_AGENT, 'Accept-Language': 'en', ...question.headers };
    return await exchange({ ...question, headers }, this.#options, deadline);
  }

  #refuse({ doing, partOf }: Pick<AcmePost, 'doing' | 'partOf'>, answer: HttpAnswer): void {
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    const document = readErrorDocument(tryJson(answer.body));
    if (partOf === 'order' && isGone(status, document))
      throw new Problem('ca-order-gone', this.#at(`${doing}: HTTP ${status}`));
    throw requestProblem(this.#at(doing), { status, document, retryAfterMs: this.#retryAfterMs(answer) });
  }

  #retryAfterMs(answer: HttpAnswer): number | undefined {
    return parseRetryAfter(answer.headers['retry-after'], this.#options.now());
  }

  #at(doing: string): string {
    return `authority "${this.#options.authorityId}", ${doing}`;
  }
}

interface AnswerForAcmeClient {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: HttpAnswer;
}

/** The parts of acme-client 5.4.0 we stand under (src/http.js) and over (src/api.js); its types leave them out. */
interface AcmeClientInternals {
  readonly http: {
    maxBadNonceRetries: number;
    getNonce: () => Promise<string>;
    request: (url: string, method: string, options: { readonly data: unknown }) => Promise<AnswerForAcmeClient>;
  };
  readonly api: {
    apiRequest(
      url: string,
      payload: object | null,
      validStatusCodes: readonly number[],
      options: { readonly includeJwsKid: boolean },
    ): Promise<AnswerForAcmeClient>;
  };
}

/** A client of its own per request: what is replaced in it is seen by no other, and acme-client's axios is never reached. */
function internalsOf(key: KeyObject, accountUrl: string | undefined, directoryUrl: URL): AcmeClientInternals {
  const client = new Client({
    directoryUrl: directoryUrl.href,
    accountKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...(accountUrl === undefined ? {} : { accountUrl }),
  });
  const internals = client as unknown as AcmeClientInternals;
  const { http, api } = internals;
  const present = [http?.request, http?.getNonce, api?.apiRequest].every((part) => typeof part === 'function');
  if (!present) throw new Error('acme-client is not the 5.4.0 this adapter was written for');
  return internals;
}

/** RFC 8555, 8.4, computed by acme-client. */
export async function txtValueFor(key: KeyObject, token: string): Promise<string> {
  const accountKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const client = new Client({ directoryUrl: 'https://unused.invalid', accountKey });
  return await client.getChallengeKeyAuthorization({ type: 'dns-01', token, url: '', status: 'pending' });
}
