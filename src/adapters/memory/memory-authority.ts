// An authority inside the process that really issues: for tests of workflows that need a chain and not the wire.

import { randomBytes, randomUUID } from 'node:crypto';
import { Problem, type ProblemCode } from '../../domain/problem.ts';
import type {
  AcmeAccount,
  AcmeOrderRequest,
  AcmeOrderView,
  AcmeProofs,
  Authorities,
  Authority,
  AuthorityDescription,
  DownloadedChain,
  PlacedAcmeOrder,
} from '../../ports/authority.ts';
import type { AuthorityAccount } from '../../ports/authority-account.ts';
import { MemoryAcmeAccounts } from './memory-acme-accounts.ts';
import {
  certificateUrlOf,
  challengeOf,
  type MemoryOrder,
  placedOf,
  proofsOf,
  statusOf,
  thumbprintOf,
  viewOf,
} from './memory-acme-order.ts';
import { type MemoryIssuers, makeMemoryIssuers } from './memory-issuers.ts';

/** What can be turned at any time with `turn`. */
export interface MemoryAuthorityDials {
  /** Names proven once by an account need no new proof. @default false */
  readonly reuseAuthorizations: boolean;
  /** How many looks find a right TXT value still being looked at. @default 0 */
  readonly validatingReads: number;
  /** How many looks find a finalized order `processing`. @default 1 */
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

const GONE: AcmeOrderView = {
  status: 'gone',
  refusal: undefined,
  retryAfterMs: undefined,
  placed: undefined,
  certificateUrl: undefined,
};

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
  readonly #accounts = new MemoryAcmeAccounts(`${ORIGIN}/accounts`);
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

  /** What orders said they replace, oldest first. */
  replaced(): readonly string[] {
    return [...this.#orders.values()].flatMap(({ replaces }) => replaces ?? []);
  }

  /** Fingerprints of the leaves taken back. */
  revoked(): readonly string[] {
    return this.#accounts.revoked();
  }

  ids(): readonly string[] {
    return [this.authorityId];
  }

  async open(authorityId: string, account: AcmeAccount): Promise<Authority & AuthorityAccount> {
    this.#know(authorityId);
    const thumbprint = thumbprintOf(account);
    const own = () => this.#own(account, thumbprint);
    return {
      ensureAccount: async () => ({ accountUrl: own() }),
      findAccount: async () => this.#findAccount(thumbprint),
      changeKey: async (newKey) => this.#accounts.changeKey(own(), thumbprintOf({ key: newKey })),
      revoke: async ({ chainPem, leafKey }) => this.#accounts.revoke(chainPem, leafKey === undefined ? own() : leafKey),
      place: async (request) => this.#place(own(), request),
      readOrder: async (orderUrl) => this.#readOrder(thumbprint, orderUrl),
      readChallenges: async (placed) => this.#readChallenges(thumbprint, placed),
      answer: async (challengeUrl) => this.#answer(thumbprint, challengeUrl),
      finalize: async ({ orderUrl }, csrPem) => this.#finalize(thumbprint, orderUrl, csrPem),
      download: async (certificateUrl) => this.#download(thumbprint, certificateUrl),
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

  #own(account: AcmeAccount, thumbprint: string): string {
    this.#reach();
    return this.#accounts.own(account.accountUrl, thumbprint);
  }

  #findAccount(thumbprint: string): { readonly accountUrl: string } | undefined {
    this.#reach();
    const accountUrl = this.#accounts.find(thumbprint);
    return accountUrl === undefined ? undefined : { accountUrl };
  }

  #place(accountUrl: string, { names, replaces }: AcmeOrderRequest): PlacedAcmeOrder {
    this.#limit('place');
    const url = `${ORIGIN}/orders/${randomUUID()}`;
    const proofs = names.map((name) => ({
      name,
      token: randomBytes(32).toString('base64url'),
      url: `${ORIGIN}/challenges/${randomUUID()}`,
      answered: false,
      proven: this.#dials.reuseAuthorizations && this.#proven.has(`${accountUrl} ${name}`),
    }));
    const order: MemoryOrder = {
      url,
      accountUrl,
      names,
      replaces,
      proofs,
      refusal: undefined,
      readsLeft: this.#dials.validatingReads,
      csrTaken: false,
      chainPem: undefined,
    };
    this.#orders.set(url, order);
    return placedOf(order);
  }

  async #readOrder(thumbprint: string, orderUrl: string): Promise<AcmeOrderView> {
    const order = this.#find(thumbprint, orderUrl);
    if (!order) return GONE;
    await this.#look(thumbprint, order);
    return viewOf(order);
  }

  async #readChallenges(thumbprint: string, { orderUrl }: PlacedAcmeOrder): Promise<AcmeProofs> {
    const order = this.#find(thumbprint, orderUrl);
    if (!order) return { status: 'gone', openChallenges: [], refusal: undefined, retryAfterMs: undefined };
    await this.#look(thumbprint, order);
    return proofsOf(order, thumbprint);
  }

  /** Time passes for an order when somebody looks at it. */
  async #look(thumbprint: string, order: MemoryOrder): Promise<void> {
    if (statusOf(order) === 'pending' && order.proofs.some(({ answered, proven }) => answered && !proven)) {
      await this.#validate(thumbprint, order);
    } else if (statusOf(order) === 'processing') {
      order.readsLeft -= 1;
    }
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

  #answer(thumbprint: string, challengeUrl: string): { readonly retryAfterMs: undefined } {
    this.#reach();
    const accountUrl = this.#accounts.find(thumbprint);
    const orders = [...this.#orders.values()].filter((order) => order.accountUrl === accountUrl);
    const proof = orders.flatMap(({ proofs }) => proofs).find(({ url }) => url === challengeUrl);
    if (!proof || this.#dials.gone) throw new Problem('ca-order-gone', 'no such challenge');
    proof.answered = true;
    return { retryAfterMs: undefined };
  }

  async #finalize(thumbprint: string, orderUrl: string, csrPem: string): Promise<AcmeOrderView> {
    this.#limit('finalize');
    const order = this.#get(thumbprint, orderUrl);
    const status = statusOf(order);
    if (status !== 'ready') throw new Problem('ca-refused', `orderNotReady: the order is ${status}`);
    order.csrTaken = true;
    try {
      order.chainPem = await this.#issuers.issue(csrPem, order.names, this.#options.now(), this.#dials.lifetimeDays);
      this.#accounts.noteIssued(order.chainPem, order.accountUrl);
    } catch (error) {
      order.csrTaken = false;
      throw error;
    }
    order.readsLeft = this.#dials.processingReads;
    this.#finalized.set(orderUrl, (this.#finalized.get(orderUrl) ?? 0) + 1);
    return viewOf(order);
  }

  #download(thumbprint: string, certificateUrl: string): DownloadedChain {
    this.#reach();
    const accountUrl = this.#accounts.find(thumbprint);
    const order = [...this.#orders.values()].find((other) => certificateUrlOf(other) === certificateUrl);
    if (this.#dials.gone || order?.accountUrl !== accountUrl || order?.chainPem === undefined) {
      throw new Problem('ca-order-gone', 'no such certificate');
    }
    return { chainPem: order.chainPem, note: undefined };
  }

  #get(thumbprint: string, orderUrl: string): MemoryOrder {
    const order = this.#find(thumbprint, orderUrl);
    if (!order) throw new Problem('ca-order-gone', 'no such order');
    return order;
  }

  #find(thumbprint: string, orderUrl: string): MemoryOrder | undefined {
    this.#reach();
    const order = this.#dials.gone ? undefined : this.#orders.get(orderUrl);
    return order?.accountUrl === this.#accounts.find(thumbprint) ? order : undefined;
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
