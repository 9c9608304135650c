// Work that has begun and not ended, so that whoever closes what it needs can wait for it.

import { setTimeout as sleep } from 'node:timers/promises';

export class WorkUnderWay {
  readonly #running = new Set<Promise<unknown>>();

  /** The same promise; counted until it settles. */
  watch<Value>(work: Promise<Value>): Promise<Value> {
    const settled = work
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return work;
  }

  /** Resolves when nothing is under way, or after `timeoutMs`. */
  async ended(timeoutMs: number): Promise<void> {
    const late = new AbortController();
    const timer = sleep(timeoutMs, undefined, { signal: late.signal }).catch(() => undefined);
    while (this.#running.size > 0) {
      const first = await Promise.race([Promise.all(this.#running).then(() => 'ended'), timer.then(() => 'late')]);
      if (first === 'late') return;
    }
    late.abort();
  }
}
