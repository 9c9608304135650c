// Nonces an authority gave us and that are not used yet (RFC 8555, 6.5); they are bound to no account.

import type { HttpAnswer } from './acme-transport.ts';

/** A pool that is older than the authority's memory costs one refusal, which empties it. */
const MAX_NONCES = 32;

/** A younger one is refused for some other reason than its age: that says nothing of the others. */
const YOUNG_MS = 60_000;

/** RFC 8555, 6.5.1: base64url; anything else is not a nonce. */
const NONCE = /^[A-Za-z0-9_-]{1,512}$/;

export interface Nonce {
  readonly value: string;
  readonly receivedAt: number;
}

export class AcmeNonces {
  readonly #now: () => Date;
  #kept: Nonce[] = [];

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** What stands in the answer, if it can be a nonce. */
  read(answer: HttpAnswer): Nonce | undefined {
    const value = answer.headers['replay-nonce'];
    if (typeof value !== 'string' || !NONCE.test(value)) return undefined;
    return { value, receivedAt: this.#now().getTime() };
  }

  keep(nonce: Nonce): void {
    this.#kept.push(nonce);
    if (this.#kept.length > MAX_NONCES) this.#kept.shift();
  }

  /** The youngest, once. */
  take(): Nonce | undefined {
    return this.#kept.pop();
  }

  /** One that was refused for its age speaks for all that are as old. */
  refused({ receivedAt }: Nonce): void {
    if (this.#now().getTime() - receivedAt < YOUNG_MS) return;
    this.#kept = this.#kept.filter((other) => other.receivedAt > receivedAt);
  }
}
