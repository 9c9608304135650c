// `npm run bench -- check`: judging what customers bring: a PEM bundle in process, a PFX beside `openssl pkcs12`, the command line beside a bare node process.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { ForgeCertificateFiles } from '../src/adapters/forge/forge-certificate-files.ts';
import { makeTrust } from '../src/domain/chain-building.ts';
import { problemCode } from '../src/domain/problem.ts';
import { judgeUpload } from '../src/steps/judge-upload.ts';
import { randomOf } from '../test/support/seeded.ts';
import { heldMb } from './held-memory.ts';
import { interleaved, median, timed } from './issue-measure.ts';

const bars = { pemMs: 5, timesOpenssl: 2, timesBareNode: 2.5, slowestMs: 1_000, grownMb: 16 } as const;
const RUNS = 200;
const PAIRS = 30;
const HOSTILE = 10_000;

const fixtures = fileURLToPath(new URL('../test/fixtures/containers/', import.meta.url));
const program = fileURLToPath(new URL('../src/cli/ucx-certs.js', import.meta.url));
const certificateFiles = new ForgeCertificateFiles();
const fixture = (name: string) => ({ name, bytes: readFileSync(join(fixtures, name)) });
const password =
  /^pass=(\S+)$/m.exec(readFileSync(join(fixtures, 'make.sh'), 'utf8'))?.[1]?.replaceAll(/['"]/g, '') ?? '';

export async function run(): Promise<boolean> {
  const held = [await pem(), await pfx(), await commandLine(), await hostile()];
  return held.every(Boolean);
}

const trust = makeTrust({
  publicRoots: rootCertificates,
  addedRoots: [readFileSync(join(fixtures, 'root.crt'), 'utf8')],
});
const rules = { hostname: 'pbx.northwind.test', now: new Date(), trust, known: [], needsKey: true };

async function pem(): Promise<boolean> {
  const upload = { files: [fixture('bundle.pem')], passwords: [] };
  const times: number[] = [];
  for (let n = 0; n < RUNS; n += 1) times.push(await timed(() => judgeUpload(upload, rules, { certificateFiles })));
  const ours = median(times);
  return print({ case: 'PEM bundle, read and judged, p50 ms', ours, bar: bars.pemMs, held: ours < bars.pemMs });
}

/** In one process each: ours is started once, OpenSSL has to be started for every file. Its start is taken off by timing `openssl version`. */
async function pfx(): Promise<boolean> {
  const file = fixture('rsa-aes256.p12');
  const upload = { files: [file], passwords: [password] };
  const folder = mkdtempSync(join(tmpdir(), 'bench-check-'));
  const passFile = join(folder, 'pass');
  writeFileSync(passFile, password, { mode: 0o600 });
  const openssl = async (args: readonly string[]) => void execFileSync('openssl', args, { stdio: 'ignore' });
  const theirs = ['pkcs12', '-in', join(fixtures, file.name), '-nodes', '-passin', `file:${passFile}`];
  const { ours, peer, ratio } = await interleaved(
    PAIRS,
    () => judgeUpload(upload, rules, { certificateFiles }),
    () => openssl(theirs),
  );
  rmSync(folder, { recursive: true });
  return print({
    case: 'PFX, read and judged, beside openssl pkcs12',
    ours,
    peer,
    ratio,
    bar: bars.timesOpenssl,
    held: ratio <= bars.timesOpenssl,
  });
}

async function commandLine(): Promise<boolean> {
  const node = async (args: readonly string[]) => {
    try {
      execFileSync(process.execPath, args, { stdio: 'ignore' });
    } catch {
      // the fixture lives too long for phones: 1 is its answer
    }
  };
  const { ours, peer, ratio } = await interleaved(
    PAIRS,
    () => node([program, 'check', join(fixtures, 'bundle.pem')]),
    () => node(['-e', '0']),
  );
  return print({
    case: 'command line from start to answer, beside a bare node',
    ours,
    peer,
    ratio,
    bar: bars.timesBareNode,
    held: ratio <= bars.timesBareNode,
  });
}

async function hostile(): Promise<boolean> {
  const random = randomOf(20_261_126);
  const good = [
    'bundle.pem',
    'chain.p7b',
    'rsa-aes256.p12',
    'rsa-3des.p12',
    'ca.zip',
    'rsa-aes256.key',
    'rsa.der',
    'java.p12',
  ].map(fixture);
  let slowestMs = 0;
  let crashed = 0;
  const turn = async () => {
    const one = good[Math.floor(random() * good.length)] ?? good[0];
    if (one === undefined) return;
    const bytes = Buffer.from(one.bytes);
    for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const cut = random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    const upload = { files: [{ name: one.name, bytes: cut }], passwords: [password] };
    const ms = await timed(async () => {
      try {
        await judgeUpload(upload, rules, { certificateFiles });
      } catch (error) {
        if (problemCode(error) === undefined) crashed += 1;
      }
    });
    slowestMs = Math.max(slowestMs, ms);
  };
  for (let n = 0; n < HOSTILE / 4; n += 1) await turn();
  const before = await heldMb();
  for (let n = 0; n < HOSTILE; n += 1) await turn();
  const grownMb = (await heldMb()) - before;
  const held = crashed === 0 && slowestMs <= bars.slowestMs && grownMb <= bars.grownMb;
  return print({ case: `${HOSTILE} hostile files`, crashed, slowestMs, grownMb, bar: bars.slowestMs, held });
}

function print(
  line: { readonly case: string; readonly held: boolean } & Readonly<Record<string, string | number | boolean>>,
): boolean {
  const rounded = Object.entries(line).map(([what, value]) => [
    what,
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  ]);
  process.stdout.write(`${JSON.stringify({ bench: 'check', ...Object.fromEntries(rounded) })}\n`);
  return line.held;
}
