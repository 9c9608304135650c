// Luck that repeats: the same seed gives the same row of numbers, so a failure that a dial caused can be seen again.

/**
 * Numbers from 0 (included) to 1 (not included) in the order mulberry32 gives them. For hostility and delays only;
 * never for keys, tokens or nonces.
 */
export function seededLuck(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the whole range, ends included, in whole milliseconds. */
export function drawMs([from, to]: readonly [number, number], random: () => number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** The same things in another order (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const left = [...items];
  const drawn: Item[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}
