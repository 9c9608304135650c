// How the cases of the bench are measured and told: interleaved, by medians, one JSON line each.

export interface Line {
  readonly case: string;
  /** Of what was measured, by name: medians in milliseconds, counts, rates. */
  readonly [what: string]: string | number | boolean | readonly number[];
}

export type CaseLine = Line & { readonly held: boolean };

/** Medians in milliseconds, and the median of the pairs' ratios. */
export interface Measured {
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

/** Milliseconds of one run. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Both in turn, the one that begins changing each time, after one turn that does not count. */
export async function interleaved(
  pairs: number,
  ours: () => Promise<unknown>,
  peer: () => Promise<unknown>,
): Promise<Measured> {
  await ours();
  await peer();
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let pair = 0; pair < pairs; pair += 1) {
    const turns = [
      async () => void times.ours.push(await timed(ours)),
      async () => void times.peer.push(await timed(peer)),
    ];
    for (const turn of pair % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const ratios = times.ours.map((ms, pair) => ms / (times.peer[pair] ?? Number.NaN));
  return { ours: median(times.ours), peer: median(times.peer), ratio: median(ratios) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Runs as many at a time as `width` says, in the order given. */
export async function atATime<T>(width: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Rounded to what can be meant. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Of ours beside a peer's. */
export function lineOf(
  beside: { readonly name: string; readonly n: number; readonly peer: string },
  { ours, peer, ratio }: Measured,
  more: { readonly held: boolean } & Omit<Line, 'case'>,
): CaseLine {
  const { name, n, peer: peerName } = beside;
  return {
    case: name,
    n,
    oursMs: rounded(ours),
    peer: peerName,
    peerMs: rounded(peer),
    ratio: rounded(ratio, ratio < 0.1 ? 4 : 2),
    ...more,
  };
}

let names = 0;

/** One nobody has had in this run. */
export function newName(): string {
  names += 1;
  return `pbx-${names}.bench.test`;
}

export function tell(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
