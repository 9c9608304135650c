// How long one call of the port may take, with all the requests it needs.

/** One deadline for all the requests that serve one call. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #endsAt: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.signal = AbortSignal.timeout(timeoutMs);
  }

  remainingMs(): number {
    return Math.max(1, Math.ceil(this.#endsAt - performance.now()));
  }

  /** Settles like `work`, or rejects when time is up. */
  async holds<T>(work: Promise<T>): Promise<T> {
    const { promise: timeUp, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(new Error(`no answer within ${this.#timeoutMs} ms`));
    if (this.signal.aborted) onAbort();
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work, timeUp]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }
}
