// How many requests or changes Route 53 still takes: a bucket that fills steadily and is emptied by use.

export interface BucketLimits {
  readonly perSecond: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #now: () => Date;
  #limits: BucketLimits;
  #tokens: number;
  #filledAtMs: number;

  constructor(limits: BucketLimits, now: () => Date) {
    this.#now = now;
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAtMs = now().getTime();
  }

  /** New limits begin with a full bucket. */
  limit(limits: BucketLimits): void {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAtMs = this.#now().getTime();
  }

  /** Takes `cost` tokens and says so, or takes none. */
  take(cost: number): boolean {
    const nowMs = this.#now().getTime();
    const grown = (Math.max(0, nowMs - this.#filledAtMs) / 1000) * this.#limits.perSecond;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + grown);
    this.#filledAtMs = nowMs;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}
