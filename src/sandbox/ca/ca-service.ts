// From a request to its answer: who may ask what, with which dial in the way, and nothing told before it is on disk.

import { retryAfterHeader } from './acme-objects.ts';
import type { CaFault, CaOperation } from './ca-dials.ts';
import type { CaNonces } from './ca-nonces.ts';
import { asRefusal, CaRefusal, quoted } from './ca-refusal.ts';
import { type CaRoute, findRoute } from './ca-routes.ts';
import type { CaAnswer, CaHandler, CaOpenHandler, CaWorld } from './ca-world.ts';
import { type CaFaults, insteadOfWork, refusalAnswer, sentBody, spoil, withoutNonce } from './hostile-answers.ts';
import { serveAccountOrders } from './serve-account-orders.ts';
import { serveAccount, serveNewAccount } from './serve-accounts.ts';
import { serveAuthorization, serveChallenge } from './serve-authorizations.ts';
import { serveCertificate } from './serve-certificates.ts';
import { serveDirectory, serveTerms } from './serve-directory.ts';
import { serveFinalize } from './serve-finalize.ts';
import { serveCrl, serveIssuer } from './serve-issuers.ts';
import { serveKeyChange } from './serve-key-change.ts';
import { serveNewOrder, serveOrder } from './serve-orders.ts';
import { serveRenewalInfo } from './serve-renewal-info.ts';
import { serveRevokeCert } from './serve-revocation.ts';
import { type JwsRules, verifyJws } from './verify-jws.ts';

/** One handler an operation; what we come to offer later gets its line here, or among those that need no signature. */
const handlers: Readonly<Partial<Record<CaOperation, CaHandler>>> = {
  newAccount: serveNewAccount,
  account: serveAccount,
  accountOrders: serveAccountOrders,
  keyChange: serveKeyChange,
  newOrder: serveNewOrder,
  order: serveOrder,
  finalize: serveFinalize,
  authorization: serveAuthorization,
  challenge: serveChallenge,
  certificate: serveCertificate,
  revokeCert: serveRevokeCert,
};

/** Who signs what; an account, where nothing is said. */
const signers: Readonly<Partial<Record<CaOperation, JwsRules['signer']>>> = { newAccount: 'jwk', revokeCert: 'either' };

const openHandlers: Readonly<Partial<Record<CaOperation, CaOpenHandler>>> = {
  directory: serveDirectory,
  terms: serveTerms,
  renewalInfo: serveRenewalInfo,
  crl: serveCrl,
  issuer: serveIssuer,
};

export interface HttpQuestion {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** IP address of the client. */
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly contentType: string | undefined;
  /** Undefined if it was longer than the listener reads. */
  readonly body: string | undefined;
}

/** What the listener does: send, or leave the client without an answer. */
export type HttpDelivery =
  | { readonly kind: 'send'; readonly answer: CaAnswer; readonly fault: CaFault | undefined }
  | { readonly kind: 'hang' | 'drop'; readonly fault: CaFault };

export interface CaServiceParts {
  readonly world: CaWorld;
  readonly nonces: CaNonces;
  readonly faults: CaFaults;
  /** An operation is let through to its work. */
  admitted(operation: CaOperation): void;
  refused(why: 'refusedNonces' | 'rateLimited'): void;
}

export class CaService {
  readonly #parts: CaServiceParts;

  constructor(parts: CaServiceParts) {
    this.#parts = parts;
  }

  async answer(question: HttpQuestion): Promise<HttpDelivery> {
    const route = findRoute(question.path);
    const work = await this.#work(question, route).catch((error: unknown) => ({
      outcome: refusalAnswer(asRefusal(error)),
      fault: undefined,
    }));
    const { outcome, fault } = work;
    if (fault !== undefined && (outcome === 'hang' || outcome === 'drop')) return { kind: outcome, fault };
    if (typeof outcome === 'string') throw new Error(`no fault behind "${outcome}"`);
    const kept = await this.#whenKept(outcome);
    const answer = fault === undefined ? kept : spoil(kept, fault.kind);
    return { kind: 'send', answer: this.#dressed(answer, question, route, fault), fault };
  }

  async #work(
    question: HttpQuestion,
    route: CaRoute | undefined,
  ): Promise<{ outcome: CaAnswer | 'hang' | 'drop'; fault: CaFault | undefined }> {
    if (route === undefined)
      throw new CaRefusal('malformed', `nothing is at ${quoted(question.path)}`, { status: 404 });
    // RFC 8555, 6.1 makes it a MUST of clients.
    if (!question.userAgent) throw new CaRefusal('malformed', 'request has no User-Agent');
    const handler = handlers[route.operation];
    const work = handler === undefined ? this.#open(question, route) : await this.#signed(question, route, handler);
    const fault = this.#parts.faults.take(route.operation);
    const instead = fault === undefined ? undefined : insteadOfWork(fault);
    if (instead !== undefined) return { outcome: instead, fault };
    this.#parts.admitted(route.operation);
    // A refusal after a fault was drawn is an answer like any other, and is spoilt as well.
    return { outcome: await work().catch((error: unknown) => refusalAnswer(asRefusal(error))), fault };
  }

  #open({ method }: HttpQuestion, route: CaRoute): () => Promise<CaAnswer> {
    const isNonce = route.operation === 'newNonce';
    if (method !== 'GET' && !(isNonce && method === 'HEAD')) throw wrongMethod(method, isNonce ? 'GET, HEAD' : 'GET');
    const handler = openHandlers[route.operation];
    // A nonce is in the header that every such answer has.
    if (handler === undefined) return async () => ({ status: method === 'HEAD' ? 200 : 204 });
    return () => handler(this.#parts.world, route);
  }

  /** All others are signed, and the nonce is spent before any dial takes effect. */
  async #signed(question: HttpQuestion, route: CaRoute, handler: CaHandler): Promise<() => Promise<CaAnswer>> {
    const { world, nonces } = this.#parts;
    if (question.method !== 'POST') throw wrongMethod(question.method, 'POST');
    if (question.body === undefined) throw new CaRefusal('malformed', 'body is too long', { status: 413 });
    const signed = await verifyJws(question.contentType, question.body, {
      url: world.urls.at(question.path),
      signer: signers[route.operation] ?? 'kid',
      nonces,
      findAccount: (url) => world.store.findAccount(world.urls.accountIdOf(url) ?? ''),
    });
    this.#refuseByDial(route.operation);
    return () => handler(world, { ...signed, route, address: question.address });
  }

  #refuseByDial(operation: CaOperation): void {
    const { world, refused } = this.#parts;
    const { refuseNonces, rateLimit, retryAfterAsDate } = world.dials();
    if (world.random() < refuseNonces) {
      refused('refusedNonces');
      throw new CaRefusal('badNonce', 'nonce was good; the sandbox refuses some');
    }
    if (rateLimit === false || !rateLimit.operations.some((limited) => limited === operation)) return;
    refused('rateLimited');
    const headers = retryAfterHeader(rateLimit.retryAfterSeconds, retryAfterAsDate, world.now());
    throw new CaRefusal(rateLimit.type, `too many requests for ${operation}`, { status: 429, headers });
  }

  async #whenKept(answer: CaAnswer): Promise<CaAnswer> {
    try {
      await this.#parts.world.store.kept();
      return answer;
    } catch (error) {
      return refusalAnswer(asRefusal(error));
    }
  }

  /** Nonce, index link and caching, as RFC 8555, 6.5, 7.1 and 7.2 want them. */
  #dressed(
    answer: CaAnswer,
    { method }: HttpQuestion,
    route: CaRoute | undefined,
    fault: CaFault | undefined,
  ): CaAnswer {
    const { world, nonces } = this.#parts;
    const needsNonce = method === 'POST' || route?.operation === 'newNonce';
    const index = route?.operation === 'directory' ? [] : [`<${world.urls.directory()}>;rel="index"`];
    return {
      status: answer.status,
      contentType: answer.contentType ?? 'application/json',
      body: sentBody(answer),
      links: [...index, ...(answer.links ?? [])],
      headers: {
        ...answer.headers,
        'Cache-Control': 'no-store',
        ...(needsNonce && !withoutNonce(fault?.kind) ? { 'Replay-Nonce': nonces.issue() } : {}),
      },
    };
  }
}

function wrongMethod(method: string, allowed: string): CaRefusal {
  return new CaRefusal('malformed', `method ${quoted(method)} is not allowed here`, {
    status: 405,
    headers: { Allow: allowed },
  });
}
