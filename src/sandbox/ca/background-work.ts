// Work that outlives the request that began it: at most once at a time under a key, and stopped when the CA closes.

import { setTimeout as delay } from 'node:timers/promises';

/** So long a request waits for the work it began; a quick client then needs no second request. */
const INLINE_MS = 250;

export class BackgroundWork {
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  /** Resolves when the work ended, or after 250 ms while it goes on. Work turns its own failures into records. */
  async begin(key: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const running = this.#running.get(key) ?? this.#run(key, work);
    const waiting = new AbortController();
    const patience = delay(INLINE_MS, undefined, { signal: waiting.signal, ref: false });
    patience.catch(() => undefined);
    await Promise.race([running, patience]);
    waiting.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  #run(key: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const running = work(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }
}
