// `npm run bench -- uploads`: containers taken apart, ours beside node-forge's own reader, and 10,000 changed fixtures.

import forge from 'node-forge';
import { ForgeCertificateFiles } from '../src/adapters/forge/forge-certificate-files.ts';
import { fixture } from '../test/support/container-fixtures.ts';
import { readMutations } from '../test/support/upload-mutations.ts';
import { heldMb } from './held-memory.ts';

const MUTATIONS = 10_000;

/** `npm run bench -- uploads SEED` repeats a run. */
const seed = Number(process.argv[3] ?? 1);

/** Growth: of what is still held, from after the first tenth of the mutations to their end. */
const bars = { slowestMs: 1_000, growthMb: 10, pemMs: 2 } as const;

/** Files both read; node-forge makes no key of EC. */
const SHARED = ['rsa-3des.p12', 'rsa-rc2-40.p12', 'rsa-aes256.p12'];

const files = new ForgeCertificateFiles();

export async function run(): Promise<boolean> {
  const pemMs = await medianMs(() => files.read([fixture('bundle.pem')], []));
  for (const name of SHARED) {
    const file = fixture(name);
    const der = Buffer.from(file.bytes).toString('binary');
    const ours = await medianMs(() => files.read([file], ['sesame']));
    const theirs = await medianMs(async () => forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(der), 'sesame'));
    say({ case: name, oursMs: ours, forgeMs: theirs });
  }
  const first = await readMutations(files, { seed, runs: MUTATIONS / 10, slow: true });
  const beforeMb = await heldMb();
  const rest = await readMutations(files, { seed: seed + 1, runs: (MUTATIONS * 9) / 10, slow: true });
  const growthMb = rounded((await heldMb()) - beforeMb);
  const slowest = first.slowestMs > rest.slowestMs ? first : rest;
  const bugs = [...first.bugs, ...rest.bugs];
  const held =
    bugs.length === 0 && slowest.slowestMs < bars.slowestMs && growthMb < bars.growthMb && pemMs < bars.pemMs;
  const slowestMs = rounded(slowest.slowestMs);
  say({
    case: 'mutations',
    runs: MUTATIONS,
    seed,
    bugs,
    slowestMs,
    slowest: slowest.slowest,
    growthMb,
    pemMs,
    bars,
    held,
  });
  return held;
}

async function medianMs(act: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < 21; time += 1) {
    const began = performance.now();
    await act();
    took.push(performance.now() - began);
  }
  return rounded(took.sort((one, other) => one - other)[10] ?? 0);
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify({ bench: 'uploads', ...line })}\n`);
}
