// All requests to one authority: signed by acme-client, over our transport, with our nonces, deadline and problems.

import type { KeyObject } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';
import { type AcmeAnswers, type AcmeDirectory, answersOf, tryJson } from './acme-answers.ts';
import { internalsOf, refusedNonce, unread } from './acme-client-internals.ts';
import type { ConnectionOptions } from './acme-connections.ts';
import { Deadline } from './acme-deadline.ts';
import { AcmeNonces, type Nonce } from './acme-nonces.ts';
import { isGone, RefusedRequest, readErrorDocument } from './acme-problems.ts';
import { AcmeTransport, type HttpAnswer, type HttpQuestion } from './acme-transport.ts';
import { parseRetryAfter } from './retry-after.ts';

const DIRECTORY_AGE_MS = 60 * 60 * 1000;

/** RFC 8555, 6.5 asks for a retry; the port's rule 7 sets the end. */
const MAX_NONCE_RETRIES = 10;

const USER_AGENT = 'ucx-certs acme-client/5.4.0';

export interface EndpointOptions extends Omit<ConnectionOptions, 'target'> {
  readonly authorityId: string;
  readonly directoryUrl: URL;
  readonly timeoutMs: number;
}

export interface AcmeAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** `Link` as it came (RFC 8288), and what its targets are relative to. */
  readonly links: string;
  readonly base: string;
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
  /** Does no harm when it is received twice. @default - only a POST-as-GET */
  readonly repeatable?: boolean;
  /** Without a URL the key stands in the request itself: newAccount and a revocation by the leaf's key want that. */
  readonly signedBy: { readonly key: KeyObject; readonly accountUrl: string | undefined };
  /** Shown with the payload (RFC 8555, 7.3.4). */
  readonly binding?: { readonly kid: string; readonly hmacKey: string };
}

/** Shared by all accounts at one authority: its directory and the nonces it gave us (they are not bound to an account). */
export class AcmeEndpoint {
  readonly answers: AcmeAnswers;
  readonly #options: EndpointOptions;
  readonly #transport: AcmeTransport;
  readonly #nonces: AcmeNonces;
  #directory: { readonly value: AcmeDirectory; readonly readAt: number } | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.answers = answersOf(options.directoryUrl, options.authorityId);
    this.#nonces = new AcmeNonces(options.now);
    this.#transport = new AcmeTransport({ ...options, origin: options.directoryUrl });
  }

  /** One for all that is asked on behalf of one call of the port. */
  deadline(): Deadline {
    return new Deadline(this.#options.timeoutMs);
  }

  async directory(deadline: Deadline): Promise<AcmeDirectory> {
    const now = this.#options.now().getTime();
    if (this.#directory && now - this.#directory.readAt < DIRECTORY_AGE_MS) return this.#directory.value;
    const { body } = await this.get('read the directory', this.#options.directoryUrl.href, deadline);
    const value = this.answers.directory(body);
    this.#directory = { value, readAt: now };
    return value;
  }

  /** Where the authority takes what not every authority does; `ca-refused` if it does not. */
  async resource(name: 'keyChange' | 'revokeCert', deadline: Deadline): Promise<string> {
    const url = (await this.directory(deadline))[name];
    if (url) return url;
    throw new Problem('ca-refused', this.at(`its directory names no ${name}`));
  }

  /** Unsigned, for what is shown to everyone. Answers what is 2xx; all else is a problem. */
  async get(doing: string, url: string, deadline: Deadline): Promise<AcmeAnswer> {
    const target = this.answers.url(url, 'url');
    const question = { method: 'GET', url: new URL(target), headers: {}, repeatable: true } as const;
    return this.#accepted({ doing, url: target }, await this.#send(question, deadline));
  }

  /** Answers what the authority accepted (2xx); all else is a problem. A refused nonce is retried, signed anew with the fresh one. */
  async post(post: AcmePost, deadline: Deadline): Promise<AcmeAnswer> {
    const { payload, accept, signedBy, binding, repeatable = payload === undefined } = post;
    const target = this.answers.url(post.url, 'url');
    const { http, api } = internalsOf(signedBy.key, signedBy.accountUrl);
    http.maxBadNonceRetries = MAX_NONCE_RETRIES;
    if (binding) http.externalAccountBinding = binding;
    let nonce: Nonce | undefined;
    http.getNonce = async () => {
      nonce = await this.#nonce(deadline);
      return nonce.value;
    };
    http.request = async (_url, _method, { data }) => {
      const headers = { 'Content-Type': 'application/jose+json', ...(accept ? { Accept: accept } : {}) };
      const body = JSON.stringify(data);
      const question = { method: 'POST', url: new URL(target), headers, body, repeatable } as const;
      const answer = await this.#send(question, deadline);
      const fresh = this.#nonces.read(answer);
      if (!isNonceRefused(answer)) {
        if (fresh) this.#nonces.keep(fresh);
        return unread(answer);
      }
      if (nonce) this.#nonces.refused(nonce);
      nonce = fresh;
      return refusedNonce(answer, fresh);
    };
    const { answer } = await api.apiRequest(target, payload ?? null, [], {
      includeJwsKid: signedBy.accountUrl !== undefined,
      includeExternalAccountBinding: binding !== undefined,
    });
    return this.#accepted(post, answer);
  }

  async #nonce(deadline: Deadline): Promise<Nonce> {
    const kept = this.#nonces.take();
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory(deadline);
    const question = { method: 'HEAD', url: new URL(newNonce), headers: {}, repeatable: true } as const;
    const answer = await this.#send(question, deadline);
    this.#accepted({ doing: 'fetch a nonce', url: newNonce }, answer);
    const fresh = this.#nonces.read(answer);
    if (fresh === undefined) throw new Problem('ca-answer-malformed', this.at('no nonce where one was promised'));
    return fresh;
  }

  async #send(question: HttpQuestion, deadline: Deadline): Promise<HttpAnswer> {
    const headers = { 'User-Agent': USER_AGENT, 'Accept-Language': 'en', ...question.headers };
    return await this.#transport.exchange({ ...question, headers }, deadline);
  }

  #accepted({ doing, url, partOf }: Pick<AcmePost, 'doing' | 'url' | 'partOf'>, answer: HttpAnswer): AcmeAnswer {
    const { status, headers, body } = answer;
    const retryAfterMs = this.#retryAfterMs(answer);
    if (status >= 200 && status < 300) {
      const links = [headers.link ?? []].flat().join(', ');
      return { status, location: headers.location, retryAfterMs, links, base: url, body };
    }
    const document = readErrorDocument(tryJson(body));
    if (partOf === 'order' && isGone(status, document)) {
      throw new Problem('ca-order-gone', this.at(`${doing}: HTTP ${status}`));
    }
    throw new RefusedRequest(this.at(doing), { status, document, retryAfterMs });
  }

  #retryAfterMs(answer: HttpAnswer): number | undefined {
    return parseRetryAfter(answer.headers['retry-after'], this.#options.now());
  }

  /** For messages. */
  at(doing: string): string {
    return `authority "${this.#options.authorityId}", ${doing}`;
  }
}

function isNonceRefused({ status, body }: HttpAnswer): boolean {
  return status === 400 && readErrorDocument(tryJson(body))?.type === 'badNonce';
}
