// Gathers what is asked for at the same moment and has it done together; what comes while that is under way goes with the next.

export interface GatheringOptions<Item> {
  /** Does all of it; the items say themselves how each ended. What it throws ends every item. */
  readonly work: (items: readonly Item[]) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Work begins when nothing new came for so long… */
  readonly quietMs: number;
  /** …or, however much comes, after about so long. */
  readonly longestMs: number;
  /** Where several came together more are likely to follow: the next work begins no sooner than so long after. */
  readonly restMs: number;
}

const LOOKS = 4;

export class GatheredWork<Item> {
  readonly #options: GatheringOptions<Item>;
  #waiting: Item[] = [];
  #next: Promise<void> | undefined;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(options: GatheringOptions<Item>) {
    this.#options = options;
  }

  /** Resolves when the item's turn is over, and fails with it. */
  add(item: Item): Promise<void> {
    this.#waiting.push(item);
    this.#next ??= this.#run(this.#underWay);
    return this.#next;
  }

  async #run(before: Promise<unknown>): Promise<void> {
    await before;
    await this.#whenQuiet();
    const items = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    const { work, pause, restMs } = this.#options;
    const done = work(items);
    this.#underWay = Promise.allSettled([done, items.length > 1 ? pause(restMs) : undefined]);
    return done;
  }

  /** Several short looks: after a stall of the process the first sees nothing new, because what has come waits to be read itself. */
  async #whenQuiet(): Promise<void> {
    const { pause, quietMs, longestMs } = this.#options;
    const lookMs = quietMs / LOOKS;
    let seen = 0;
    let calm = 0;
    for (let waitedMs = 0; waitedMs < longestMs && calm < LOOKS; waitedMs += lookMs) {
      await pause(lookMs);
      calm = this.#waiting.length > seen ? 1 : calm + 1;
      seen = this.#waiting.length;
    }
  }
}
