// Uploads nobody would make on purpose: fixtures cut, spliced and changed, the same for the same seed.

import { problemCode } from '../../src/domain/problem.ts';
import type { CertificateFiles, UploadedFile } from '../../src/ports/certificate-files.ts';
import { fixture, fixtureNames } from './container-fixtures.ts';
import { randomOf } from './seeded.ts';

export interface HostileRun {
  readonly runs: number;
  readonly problems: number;
  /** What was thrown and is no problem of an upload: each is a bug; with what repeats it. */
  readonly bugs: readonly string[];
  /** Of computing, whatever else the machine did meanwhile. */
  readonly slowestMs: number;
  readonly slowest: string;
}

/** Hundreds of thousands of rounds with a password: some 0.3 s each, for the bench. */
const SLOW = /^(?:java|many-rounds|bouncy-castle\.p12|gnutls-|nss|ec-million|rsa-scrypt|ec-too-many)/;

const CODES = ['upload-not-readable', 'upload-password-needed', 'upload-password-wrong', 'upload-too-large'];

/** `slow`: also what takes a password long. */
export async function readMutations(
  files: CertificateFiles,
  { seed, runs, slow }: { readonly seed: number; readonly runs: number; readonly slow: boolean },
): Promise<HostileRun> {
  const sources = fixtureNames()
    .filter((name) => slow || !SLOW.test(name))
    .map((name) => fixture(name));
  const random = randomOf(seed);
  const bugs: string[] = [];
  let problems = 0;
  let slowestMs = 0;
  let slowest = '';
  for (let run = 0; run < runs; run += 1) {
    const file = mutate(pick(sources, random), sources, random);
    const began = process.cpuUsage();
    const error: unknown = await files.read([file], ['sesame', 'sesame1']).then(
      () => undefined,
      (thrown) => thrown,
    );
    const { user, system } = process.cpuUsage(began);
    const tookMs = (user + system) / 1_000;
    if (tookMs > slowestMs) [slowestMs, slowest] = [tookMs, `${file.name}, run ${run} of seed ${seed}`];
    if (error === undefined) continue;
    problems += 1;
    if (!CODES.includes(problemCode(error) ?? '')) bugs.push(`${file.name}, run ${run} of seed ${seed}: ${error}`);
  }
  return { runs, problems, bugs, slowestMs, slowest };
}

type Random = () => number;

function mutate(source: UploadedFile, sources: readonly UploadedFile[], random: Random): UploadedFile {
  let bytes: Buffer = Buffer.from(source.bytes);
  const times = 1 + Math.floor(random() * 4);
  for (let time = 0; time < times; time += 1) bytes = pick(MUTATIONS, random)(bytes, random, sources);
  return { name: source.name, bytes: new Uint8Array(bytes) };
}

type Mutation = (bytes: Buffer, random: Random, sources: readonly UploadedFile[]) => Buffer;

/** Octets with a meaning in BER, base64, PEM and zip. */
const TELLING = [
  0x00, 0x01, 0x02, 0x04, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xa0, 0xff, 0x0a, 0x2d, 0x3d, 0x50,
];

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => changed(bytes, at(bytes, random), Math.floor(random() * 256)),
  (bytes, random) => changed(bytes, at(bytes, random), pick(TELLING, random)),
  // near the start, where lengths, versions and rounds stand
  (bytes, random) => changed(bytes, Math.floor(random() * Math.min(80, bytes.length)), pick(TELLING, random)),
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => bytes.subarray(at(bytes, random)),
  (bytes, random) => Buffer.concat([bytes.subarray(0, at(bytes, random)), bytes.subarray(at(bytes, random))]),
  (bytes, random) => {
    const place = at(bytes, random);
    return Buffer.concat([bytes.subarray(0, place), Buffer.from([pick(TELLING, random)]), bytes.subarray(place)]);
  },
  (bytes, random, sources) => {
    const other = Buffer.from(pick(sources, random).bytes);
    return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]);
  },
];

function changed(bytes: Buffer, place: number, octet: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[place] = octet;
  return copy;
}

function at(bytes: Buffer, random: Random): number {
  return Math.floor(random() * bytes.length);
}

function pick<Thing>(things: readonly Thing[], random: Random): Thing {
  const thing = things[Math.floor(random() * things.length)];
  if (thing === undefined) throw new Error('nothing to pick from');
  return thing;
}
