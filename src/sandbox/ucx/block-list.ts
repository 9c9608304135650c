// UCX's IP Block List: too many refused logins from an address, and it is turned away for a day.

import type { CountBook } from './ucx-counts.ts';

/** Defaults of the product: https://documentation.emetrotel.com/security-ip-block-list/ */
export const FAILED_ATTEMPT_LIMIT = 6;
export const BLOCK_LIST_TIME_MS = 24 * 60 * 60 * 1_000;

export class BlockList {
  readonly #counts: CountBook;
  readonly #now: () => Date;

  constructor(counts: CountBook, now: () => Date) {
    this.#counts = counts;
    this.#now = now;
  }

  isBlocked(address: string): boolean {
    return this.#recent(address).length >= FAILED_ATTEMPT_LIMIT;
  }

  addFailure(address: string): void {
    this.#counts.add('sshAuthFailures');
    this.#counts.setFailures(address, [...this.#recent(address), this.#now().getTime()]);
  }

  #recent(address: string): readonly number[] {
    const since = this.#now().getTime() - BLOCK_LIST_TIME_MS;
    return this.#counts.failuresOf(address).filter((at) => at > since);
  }
}
