// One account at one authority over RFC 8555, dns-01 only: speaks, checks what comes back, never polls and never sleeps.

import { Problem, problemCode } from '../../domain/problem.ts';
import type { AcmeAccount, AcmeOrderView, Authority } from '../../ports/authority.ts';
import { type AcmeOrderDocument, MAX_NAMES } from './acme-answers.ts';
import { readChain } from './acme-chain.ts';
import type { AcmeAnswer, AcmeEndpoint, AcmePost } from './acme-endpoint.ts';
import { isExplained, judgeOrder, type Proof, readProof } from './acme-proofs.ts';
import type { Deadline } from './acme-transport.ts';

export class AcmeAuthority implements Authority {
  readonly #endpoint: AcmeEndpoint;
  readonly #account: AcmeAccount;
  readonly #contact: readonly string[];
  #accountUrl: string | undefined;

  constructor(endpoint: AcmeEndpoint, account: AcmeAccount, contact: readonly string[]) {
    this.#endpoint = endpoint;
    this.#account = account;
    this.#contact = contact;
    this.#accountUrl = account.accountUrl;
  }

  async ensureAccount(): Promise<{ readonly accountUrl: string }> {
    return { accountUrl: await this.#ensureAccountUrl(this.#endpoint.deadline()) };
  }

  async place(names: readonly string[]): Promise<{ readonly orderUrl: string }> {
    if (names.length === 0 || names.length > MAX_NAMES) {
      throw new Problem('bad-request', `an order has 1 to ${MAX_NAMES} names, not ${names.length}`, { field: 'names' });
    }
    const deadline = this.#endpoint.deadline();
    const { newOrder } = await this.#endpoint.directory(deadline);
    const identifiers = names.map((value) => ({ type: 'dns', value }));
    const answer = await this.#post({ doing: 'place an order', url: newOrder, payload: { identifiers } }, deadline);
    const order = this.#endpoint.answers.order(answer.body);
    const placed = order.identifiers.map(({ value }) => value);
    if (!sameSet(placed, names)) {
      throw new Problem('ca-answer-malformed', 'order.identifiers: not the names that were ordered', {
        field: 'order.identifiers',
      });
    }
    return { orderUrl: this.#endpoint.answers.url(answer.location, 'order location') };
  }

  async read(orderUrl: string): Promise<AcmeOrderView> {
    const deadline = this.#endpoint.deadline();
    try {
      const { order, retryAfterMs } = await this.#readOrder(orderUrl, deadline);
      if (order.status !== 'pending' && order.status !== 'invalid') {
        return { status: order.status, openChallenges: [], refusal: undefined, retryAfterMs };
      }
      const { proofs, waits } = isExplained(order)
        ? { proofs: [], waits: [] }
        : await this.#readProofs(order, deadline);
      const longest = Math.max(-1, ...waits, retryAfterMs ?? -1);
      return { ...judgeOrder(order, proofs), retryAfterMs: longest < 0 ? undefined : longest };
    } catch (error) {
      if (problemCode(error) !== 'ca-order-gone') throw error;
      return { status: 'gone', openChallenges: [], refusal: undefined, retryAfterMs: undefined };
    }
  }

  async answer(challengeUrl: string): Promise<void> {
    const deadline = this.#endpoint.deadline();
    const challenge = { url: challengeUrl, partOf: 'order' } as const;
    try {
      await this.#post({ ...challenge, doing: 'answer a challenge', payload: {} }, deadline);
    } catch (error) {
      if (problemCode(error) !== 'ca-refused') throw error;
      // Some refuse to look twice; that is no harm when they have looked or are looking.
      const { body } = await this.#post({ ...challenge, doing: 'read a challenge' }, deadline);
      if (this.#endpoint.answers.challenge(body).status === 'pending') throw error;
    }
  }

  async finalize(orderUrl: string, csrPem: string): Promise<void> {
    const deadline = this.#endpoint.deadline();
    const { order } = await this.#readOrder(orderUrl, deadline);
    if (order.status !== 'ready')
      throw new Problem('ca-refused', `cannot finalize: the order is ${order.status}, not ready`);
    const payload = { csr: base64urlOf(csrPem) };
    try {
      await this.#post({ doing: 'finalize an order', url: order.finalize, payload, partOf: 'order' }, deadline);
    } catch (error) {
      if (!(error instanceof Problem) || error.name !== 'ca-account-refused') throw error;
      // The account was good for reading the order a moment ago: Boulder and Pebble say `unauthorized` of a CSR for other names.
      throw new Problem('ca-refused', error.message, { cause: error });
    }
  }

  async download(orderUrl: string): Promise<string> {
    const deadline = this.#endpoint.deadline();
    const { order } = await this.#readOrder(orderUrl, deadline);
    if (order.status !== 'valid')
      throw new Problem('ca-refused', `cannot download: the order is ${order.status}, not valid`);
    const url = this.#endpoint.answers.url(order.certificate, 'order.certificate');
    const accept = 'application/pem-certificate-chain';
    const { body } = await this.#post({ doing: 'download a chain', url, accept, partOf: 'order' }, deadline);
    return readChain(body);
  }

  /** RFC 8555, 7.3.1: asking for an account with a known key answers the account there is. */
  async #ensureAccountUrl(deadline: Deadline): Promise<string> {
    if (this.#accountUrl !== undefined) return this.#accountUrl;
    const { newAccount } = await this.#endpoint.directory(deadline);
    const contact = this.#contact.length === 0 ? {} : { contact: this.#contact };
    const payload = { termsOfServiceAgreed: true, ...contact };
    const signedBy = { key: this.#account.key, accountUrl: undefined };
    const answer = await this.#endpoint.post(
      { doing: 'make an account', url: newAccount, payload, signedBy },
      deadline,
    );
    this.#accountUrl = this.#endpoint.answers.url(answer.location, 'account location');
    return this.#accountUrl;
  }

  async #post(post: Omit<AcmePost, 'signedBy'>, deadline: Deadline): Promise<AcmeAnswer> {
    const accountUrl = await this.#ensureAccountUrl(deadline);
    return await this.#endpoint.post({ ...post, signedBy: { key: this.#account.key, accountUrl } }, deadline);
  }

  async #readOrder(url: string, deadline: Deadline) {
    const { body, retryAfterMs } = await this.#post({ doing: 'read an order', url, partOf: 'order' }, deadline);
    return { order: this.#endpoint.answers.order(body), retryAfterMs };
  }

  /** One after the other: an order of ours has one to three names, and each answer brings the nonce of the next request. */
  async #readProofs(order: AcmeOrderDocument, deadline: Deadline) {
    const proofs: Proof[] = [];
    const waits: number[] = [];
    for (const url of order.authorizations) {
      const answer = await this.#post({ doing: 'read an authorization', url, partOf: 'order' }, deadline);
      const authorization = this.#endpoint.answers.authorization(answer.body);
      proofs.push(await readProof(order, authorization, this.#account.key));
      if (answer.retryAfterMs !== undefined) waits.push(answer.retryAfterMs);
    }
    return { proofs, waits };
  }
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
