// One account at one authority over RFC 8555, dns-01 only: speaks, checks what comes back, never polls and never sleeps.

import type { KeyObject } from 'node:crypto';
import { Problem, problemCode } from '../../domain/problem.ts';
import type {
  AcmeOrderRequest,
  AcmeOrderView,
  AcmeProofs,
  Authority,
  DownloadedChain,
  PlacedAcmeOrder,
} from '../../ports/authority.ts';
import type { AuthorityAccount, Revocation } from '../../ports/authority-account.ts';
import { type AcmeOrderDocument, MAX_NAMES } from './acme-answers.ts';
import { downloadChain } from './acme-chain-choice.ts';
import type { Deadline } from './acme-deadline.ts';
import type { AcmeAnswer, AcmeEndpoint, AcmePost } from './acme-endpoint.ts';
import { cleanText, RefusedRequest, readErrorDocument, refusalOf } from './acme-problems.ts';
import { judgeProofs, type Proof, readProof } from './acme-proofs.ts';
import type { SignedAccount } from './acme-signed-account.ts';

export interface OrderPreferences {
  readonly acmeProfile: string | undefined;
  readonly preferredChain: string | undefined;
}

const GONE: AcmeOrderView = {
  status: 'gone',
  refusal: undefined,
  retryAfterMs: undefined,
  placed: undefined,
  certificateUrl: undefined,
};

export class AcmeAuthority implements Authority, AuthorityAccount {
  readonly #endpoint: AcmeEndpoint;
  readonly #account: SignedAccount;
  readonly #preferences: OrderPreferences;

  constructor(endpoint: AcmeEndpoint, account: SignedAccount, preferences: OrderPreferences) {
    this.#endpoint = endpoint;
    this.#account = account;
    this.#preferences = preferences;
  }

  ensureAccount(): Promise<{ readonly accountUrl: string }> {
    return this.#account.ensureAccount();
  }

  findAccount(): Promise<{ readonly accountUrl: string } | undefined> {
    return this.#account.findAccount();
  }

  changeKey(newKey: KeyObject): Promise<void> {
    return this.#account.changeKey(newKey);
  }

  revoke(revocation: Revocation): Promise<void> {
    return this.#account.revoke(revocation);
  }

  async place({ names, replaces }: AcmeOrderRequest): Promise<PlacedAcmeOrder> {
    if (names.length === 0 || names.length > MAX_NAMES) {
      throw new Problem('bad-request', `an order has 1 to ${MAX_NAMES} names, not ${names.length}`, { field: 'names' });
    }
    const deadline = this.#endpoint.deadline();
    const { url, profile } = await this.#whereToOrder(deadline);
    const identifiers = names.map((value) => ({ type: 'dns', value }));
    const wanted = { identifiers, ...(profile === undefined ? {} : { profile }) };
    const answer = await this.#order({ doing: 'place an order', url, payload: wanted }, replaces, deadline);
    const order = this.#endpoint.answers.order(answer.body);
    const placed = placedOf(this.#endpoint.answers.url(answer.location, 'order location'), order);
    if (!sameSet(placed.names, names)) {
      throw new Problem('ca-answer-malformed', 'order.identifiers: not the names that were ordered', {
        field: 'order.identifiers',
      });
    }
    return placed;
  }

  async readOrder(orderUrl: string): Promise<AcmeOrderView> {
    const deadline = this.#endpoint.deadline();
    try {
      const read = { doing: 'read an order', url: orderUrl, partOf: 'order' } as const;
      return this.#viewOf(orderUrl, await this.#account.post(read, deadline));
    } catch (error) {
      if (problemCode(error) !== 'ca-order-gone') throw error;
      return GONE;
    }
  }

  /** One after the other: an order of ours has one to three names, and each answer brings the nonce of the next request. */
  async readChallenges({ names, authorizationUrls }: PlacedAcmeOrder): Promise<AcmeProofs> {
    const deadline = this.#endpoint.deadline();
    const proofs: Proof[] = [];
    const waits: number[] = [];
    try {
      for (const url of authorizationUrls) {
        const answer = await this.#account.post({ doing: 'read an authorization', url, partOf: 'order' }, deadline);
        const authorization = this.#endpoint.answers.authorization(answer.body);
        proofs.push(await readProof(names, authorization, this.#account.key));
        if (answer.retryAfterMs !== undefined) waits.push(answer.retryAfterMs);
      }
    } catch (error) {
      if (problemCode(error) !== 'ca-order-gone') throw error;
      return { status: 'gone', openChallenges: [], refusal: undefined, retryAfterMs: undefined };
    }
    return { ...judgeProofs(proofs), retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits) };
  }

  async answer(challengeUrl: string): Promise<{ readonly retryAfterMs: number | undefined }> {
    const deadline = this.#endpoint.deadline();
    const challenge = { url: challengeUrl, partOf: 'order' } as const;
    try {
      const { retryAfterMs } = await this.#account.post(
        { ...challenge, doing: 'answer a challenge', payload: {}, repeatable: true },
        deadline,
      );
      return { retryAfterMs };
    } catch (error) {
      if (problemCode(error) !== 'ca-refused') throw error;
      // Some refuse to look twice; that is no harm when they have looked or are looking.
      const { body, retryAfterMs } = await this.#account.post({ ...challenge, doing: 'read a challenge' }, deadline);
      if (this.#endpoint.answers.challenge(body).status === 'pending') throw error;
      return { retryAfterMs };
    }
  }

  async finalize({ orderUrl, finalizeUrl }: PlacedAcmeOrder, csrPem: string): Promise<AcmeOrderView> {
    const deadline = this.#endpoint.deadline();
    const payload = { csr: base64urlOf(csrPem) };
    try {
      const finalize = { doing: 'finalize an order', url: finalizeUrl, payload, partOf: 'order' } as const;
      return this.#viewOf(orderUrl, await this.#account.post(finalize, deadline));
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      // One part of it says so and another does not know yet: it will.
      const contradicts = error.type === 'orderNotReady' && (await this.readOrder(orderUrl)).status === 'ready';
      if (contradicts) throw new Problem('ca-busy', `${error.message}, though it reads ready`, { cause: error });
      // The account was good for everything up to here: Boulder and Pebble say `unauthorized` of a CSR for other names.
      if (error.name === 'ca-account-refused') throw new Problem('ca-refused', error.message, { cause: error });
      throw error;
    }
  }

  download(certificateUrl: string): Promise<DownloadedChain> {
    const deadline = this.#endpoint.deadline();
    const accept = 'application/pem-certificate-chain';
    const fetch = (url: string) =>
      this.#account.post({ doing: 'download a chain', url, accept, partOf: 'order' }, deadline);
    return downloadChain(certificateUrl, this.#preferences.preferredChain, fetch);
  }

  /** A profile the authority does not offer is refused before the order is spent (draft-ietf-acme-profiles, 4). */
  async #whereToOrder(deadline: Deadline): Promise<{ readonly url: string; readonly profile: string | undefined }> {
    const { newOrder, meta } = await this.#endpoint.directory(deadline);
    const { acmeProfile } = this.#preferences;
    if (acmeProfile === undefined || meta.profiles.includes(acmeProfile))
      return { url: newOrder, profile: acmeProfile };
    const offered = cleanText(meta.profiles.join(', ')) || 'none';
    throw new Problem(
      'ca-profile-refused',
      this.#endpoint.at(`place an order: it offers no profile "${acmeProfile}"; offered: ${offered}`),
    );
  }

  async #order(
    order: Pick<AcmePost, 'doing' | 'url'> & { readonly payload: object },
    replaces: string | undefined,
    deadline: Deadline,
  ): Promise<AcmeAnswer> {
    if (replaces === undefined) return await this.#account.post(order, deadline);
    try {
      return await this.#account.post({ ...order, payload: { ...order.payload, replaces } }, deadline);
    } catch (error) {
      if (!(error instanceof RefusedRequest && error.mayBeAboutReplacing)) throw error;
      return await this.#account.post(order, deadline);
    }
  }

  #viewOf(orderUrl: string, { body, retryAfterMs }: AcmeAnswer): AcmeOrderView {
    const order = this.#endpoint.answers.order(body);
    const said = order.status === 'invalid' ? readErrorDocument(order.error) : undefined;
    const { status } = order;
    return {
      status,
      refusal: said === undefined ? undefined : refusalOf(said),
      retryAfterMs,
      placed: placedOf(orderUrl, order),
      certificateUrl:
        status === 'valid' ? this.#endpoint.answers.url(order.certificate, 'order.certificate') : undefined,
    };
  }
}

function placedOf(orderUrl: string, order: AcmeOrderDocument): PlacedAcmeOrder {
  const names = order.identifiers.map(({ value }) => value);
  return { orderUrl, names, finalizeUrl: order.finalize, authorizationUrls: order.authorizations };
}

function base64urlOf(csrPem: string): string {
  const base64 = /^-----BEGIN CERTIFICATE REQUEST-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*$/.exec(
    csrPem,
  )?.[1];
  if (base64 === undefined) throw new Problem('bad-request', 'the CSR is not one PEM block', { field: 'csrPem' });
  return Buffer.from(base64, 'base64').toString('base64url');
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  const left = new Set(some.map((name) => name.toLowerCase()));
  const right = new Set(others.map((name) => name.toLowerCase()));
  return left.size === right.size && [...left].every((name) => right.has(name));
}
