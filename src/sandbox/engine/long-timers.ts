// Named timers for moments that may be years away. They hold the process: what they wait for is work.

/** `setTimeout` turns anything above 2^31 - 1 ms (24.8 days) into 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export class LongTimers {
  readonly #now: () => Date;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Calls `fire` once, as soon as the clock has reached `dueAt`. A timer of the same key is replaced. */
  arm(key: string, dueAt: Date, fire: () => void): void {
    this.disarm(key);
    const leftMs = dueAt.getTime() - this.#now().getTime();
    const delayMs = Math.min(Math.max(leftMs, 1), LONGEST_DELAY_MS);
    const timer = setTimeout(() => {
      // A timer may be one of several on the way to a far moment, and Node's may be a millisecond early.
      if (this.#now() < dueAt) return this.arm(key, dueAt, fire);
      this.#timers.delete(key);
      fire();
    }, delayMs);
    this.#timers.set(key, timer);
  }

  disarm(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
