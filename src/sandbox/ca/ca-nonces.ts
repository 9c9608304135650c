// Nonces that are good for one request (RFC 8555, section 6.5); they live in memory, so a restart makes all of them bad.

import { randomBytes } from 'node:crypto';

/** More than any client holds at once; the oldest goes first. */
const MOST_NONCES = 10_000;

export class CaNonces {
  readonly #good = new Set<string>();

  /** 128 bits as base64url. */
  issue(): string {
    const nonce = randomBytes(16).toString('base64url');
    this.#good.add(nonce);
    const oldest = this.#good.size > MOST_NONCES ? this.#good.values().next().value : undefined;
    if (oldest !== undefined) this.#good.delete(oldest);
    return nonce;
  }

  /** True once per nonce. */
  spend(nonce: string): boolean {
    return this.#good.delete(nonce);
  }
}
