// An authority inside the process that really issues: for tests of workflows that need a chain and not the wire.

import { randomBytes, randomUUID } from 'node:crypto';
import { Problem, type ProblemCode } from '../../domain/problem.ts';
import type {
  AcmeAccount,
  AcmeOrderView,
  Authorities,
  Authority,
  AuthorityDescription,
} from '../../ports/authority.ts';
import { challengeOf, type MemoryOrder, statusOf, thumbprintOf } from './memory-acme-order.ts';
import { type MemoryIssuers, makeMemoryIssuers } from './memory-issuers.ts';

/** What can be turned at any time with `turn`. */
export interface MemoryAuthorityDials {
  /** Names proven once by an account need no new proof. @default false */
  readonly reuseAuthorizations: boolean;
  /** How many `read` calls find a right TXT value still being looked at. @default 0 */
  readonly validatingReads: number;
  /** How many `read` calls find a finalized order `processing`. @default 1 */
  readonly processingReads: number;
  /** Every validation ends so. @default undefined */
  readonly refuse: { readonly code: ProblemCode; readonly detail: string } | undefined;
  /** These calls are `ca-rate-limited`. @default undefined */
  readonly rateLimit:
    | { readonly retryAfterMs: number; readonly operations: readonly ('place' | 'finalize')[] }
    | undefined;
  /** Orders are forgotten. @default false */
  readonly gone: boolean;
  /** Every call fails as if nobody was there. @default false */
  readonly unreachable: boolean;
  /** Of the next leaves. @default 90 */
  readonly lifetimeDays: number;
}

export interface MemoryAuthorityOptions {
  /** What the public DNS answers now; asked when a challenge was answered. */
  readonly txtValues: (name: string) => Promise<readonly string[]> | readonly string[];
  /** @default 'memory' */
  readonly authorityId?: string;
  /** Of the leaves' validity. @default - the machine's clock */
  readonly now?: () => Date;
}

const ORIGIN = 'https://authority.test';

const defaultDials: MemoryAuthorityDials = {
  reuseAuthorizations: false,
  validatingReads: 0,
  processingReads: 1,
  refuse: undefined,
  rateLimit: undefined,
  gone: false,
  unreachable: false,
  lifetimeDays: 90,
};

export class MemoryAuthority implements Authorities {
  readonly authorityId: string;
  readonly #options: Required<Pick<MemoryAuthorityOptions, 'txtValues' | 'now'>>;
  readonly #issuers: MemoryIssuers;
  readonly #accounts = new Map<string, string>();
  readonly #orders = new Map<string, MemoryOrder>();
  readonly #proven = new Set<string>();
  readonly #finalized = new Map<string, number>();
  #dials = defaultDials;

  private constructor(options: MemoryAuthorityOptions & { readonly now: () => Date }, issuers: MemoryIssuers) {
    this.authorityId = options.authorityId ?? 'memory';
    this.#options = options;
    this.#issuers = issuers;
  }

  static async make(options: MemoryAuthorityOptions): Promise<MemoryAuthority> {
    const now = options.now ?? (() => new Date());
    return new MemoryAuthority({ ...options, now }, await makeMemoryIssuers(now()));
  }

  /** For the trust of whoever is served the leaves. */
  get rootPem(): string {
    return this.#issuers.rootPem;
  }

  turn(dials: Partial<MemoryAuthorityDials>): void {
    this.#dials = { ...this.#dials, ...dials };
  }

  count(what: 'newAccount' | 'newOrder' | 'finalize'): number {
    if (what === 'newAccount') return this.#accounts.size;
    if (what === 'newOrder') return this.#orders.size;
    return [...this.#finalized.values()].reduce((sum, times) => sum + times, 0);
  }

  /** Accepted CSRs by order URL. */
  finalizeCounts(): ReadonlyMap<string, number> {
    return this.#finalized;
  }

  ids(): readonly string[] {
    return [this.authorityId];
  }

  async open(authorityId: string, account: AcmeAccount): Promise<Authority> {
    this.#know(authorityId);
    const thumbprint = thumbprintOf(account);
    return {
      ensureAccount: async () => ({ accountUrl: this.#account(thumbprint) }),
      place: async (names) => ({ orderUrl: this.#place(this.#account(thumbprint), names) }),
      read: async (orderUrl) => this.#read(thumbprint, orderUrl),
      answer: async (challengeUrl) => this.#answer(thumbprint, challengeUrl),
      finalize: async (orderUrl, csrPem) => this.#finalize(thumbprint, orderUrl, csrPem),
      download: async (orderUrl) => this.#download(thumbprint, orderUrl),
    };
  }

  async describe(authorityId: string): Promise<AuthorityDescription> {
    this.#know(authorityId);
    this.#reach();
    return { caaIdentities: ['memory.test'] };
  }

  #know(authorityId: string): void {
    if (authorityId === this.authorityId) return;
    throw new Problem('bad-request', `no authority "${authorityId}"; known authorities: ${this.authorityId}`, {
      field: 'authority',
    });
  }

  #account(thumbprint: string): string {
    this.#reach();
    const url = this.#accounts.get(thumbprint) ?? `${ORIGIN}/accounts/${this.#accounts.size + 1}`;
    this.#accounts.set(thumbprint, url);
    return url;
  }

  #place(accountUrl: string, names: readonly string[]): string {
    this.#limit('place');
    const url = `${ORIGIN}/orders/${randomUUID()}`;
    const proofs = names.map((name) => ({
      name,
      token: randomBytes(32).toString('base64url'),
      url: `${ORIGIN}/challenges/${randomUUID()}`,
      answered: false,
      proven: this.#dials.reuseAuthorizations && this.#proven.has(`${accountUrl} ${name}`),
    }));
    this.#orders.set(url, {
      url,
      accountUrl,
      names,
      proofs,
      refusal: undefined,
      readsLeft: this.#dials.validatingReads,
      csrTaken: false,
      chainPem: undefined,
    });
    return url;
  }

  async #read(thumbprint: string, orderUrl: string): Promise<AcmeOrderView> {
    const order = this.#find(thumbprint, orderUrl);
    if (!order) return { status: 'gone', openChallenges: [], refusal: undefined, retryAfterMs: undefined };
    if (statusOf(order) === 'pending' && order.proofs.some(({ answered, proven }) => answered && !proven)) {
      await this.#validate(thumbprint, order);
    } else if (statusOf(order) === 'processing') {
      order.readsLeft -= 1;
    }
    const status = statusOf(order);
    const open = status === 'pending' ? order.proofs.filter(({ proven }) => !proven) : [];
    return {
      status,
      openChallenges: open.map((proof) => challengeOf(proof, thumbprint)),
      refusal: order.refusal,
      retryAfterMs: status === 'processing' ? 1000 : undefined,
    };
  }

  async #validate(thumbprint: string, order: MemoryOrder): Promise<void> {
    if (order.readsLeft > 0) {
      order.readsLeft -= 1;
      return;
    }
    for (const proof of order.proofs.filter(({ answered, proven }) => answered && !proven)) {
      const { txtName, txtValue } = challengeOf(proof, thumbprint);
      const seen = await this.#options.txtValues(txtName);
      if (!seen.includes(txtValue)) {
        order.refusal = {
          code: 'ca-order-invalid',
          detail: `unauthorized: ${seen.length} TXT values at ${txtName}, none right`,
        };
      } else if (this.#dials.refuse) {
        order.refusal = this.#dials.refuse;
      } else {
        proof.proven = true;
        this.#proven.add(`${order.accountUrl} ${proof.name}`);
      }
    }
  }

  #answer(thumbprint: string, challengeUrl: string): void {
    this.#reach();
    const orders = [...this.#orders.values()].filter(({ accountUrl }) => accountUrl === this.#accounts.get(thumbprint));
    const proof = orders.flatMap(({ proofs }) => proofs).find(({ url }) => url === challengeUrl);
    if (!proof || this.#dials.gone) throw new Problem('ca-order-gone', 'no such challenge');
    proof.answered = true;
  }

  async #finalize(thumbprint: string, orderUrl: string, csrPem: string): Promise<void> {
    this.#limit('finalize');
    const order = this.#get(thumbprint, orderUrl);
    const status = statusOf(order);
    if (status !== 'ready') throw new Problem('ca-refused', `orderNotReady: the order is ${status}`);
    order.csrTaken = true;
    try {
      order.chainPem = await this.#issuers.issue(csrPem, order.names, this.#options.now(), this.#dials.lifetimeDays);
    } catch (error) {
      order.csrTaken = false;
      throw error;
    }
    order.readsLeft = this.#dials.processingReads;
    this.#finalized.set(orderUrl, (this.#finalized.get(orderUrl) ?? 0) + 1);
  }

  #download(thumbprint: string, orderUrl: string): string {
    const order = this.#get(thumbprint, orderUrl);
    const status = statusOf(order);
    if (status !== 'valid' || !order.chainPem) throw new Problem('ca-refused', `the order is ${status}, not valid`);
    return order.chainPem;
  }

  #get(thumbprint: string, orderUrl: string): MemoryOrder {
    const order = this.#find(thumbprint, orderUrl);
    if (!order) throw new Problem('ca-order-gone', 'no such order');
    return order;
  }

  #find(thumbprint: string, orderUrl: string): MemoryOrder | undefined {
    this.#reach();
    const order = this.#dials.gone ? undefined : this.#orders.get(orderUrl);
    return order?.accountUrl === this.#accounts.get(thumbprint) ? order : undefined;
  }

  #limit(operation: 'place' | 'finalize'): void {
    this.#reach();
    const { rateLimit } = this.#dials;
    if (!rateLimit?.operations.includes(operation)) return;
    throw new Problem('ca-rate-limited', `${operation}: rateLimited`, { retryAfterMs: rateLimit.retryAfterMs });
  }

  #reach(): void {
    if (this.#dials.unreachable) throw new Problem('ca-unreachable', `authority "${this.authorityId}": nobody there`);
  }
}
