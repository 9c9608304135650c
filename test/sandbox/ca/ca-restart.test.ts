// The same folder is the same CA: what was acknowledged is there after a restart and after kill -9, what was under way goes on.

import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CaJournal, readJournal } from '../../../src/sandbox/ca/ca-journal.ts';
import { CaStore } from '../../../src/sandbox/ca/ca-store.ts';
import { seededLuck } from '../../../src/sandbox/ca/seeded-luck.ts';
import { openCa } from './ca-under-test.ts';
import { csrFor, dns01Of, downloaded, issuedUrl, presentedOrder, readyOrder, settled } from './proven-order.ts';
import { RawAcme, type ReachableCa } from './raw-acme.ts';
import { TinyDns } from './tiny-dns.ts';

const NAME = 'pbx.northwind.test';

describe('a CA that starts again over its folder', () => {
  it('has the same roots, URLs, accounts, orders, certificates and counts', async () => {
    const world = await openCa();
    const chain = (await downloaded(world, NAME)).text;
    const { directoryUrl, rootPem, tlsRootPem } = world.ca;
    const pending = await world.client.order('other.northwind.test');
    const challenge = await dns01Of(world.client, pending);
    const counts = world.ca.finalizeCounts();

    const again = await world.restart();

    expect([again.directoryUrl, again.rootPem, again.tlsRootPem]).toEqual([directoryUrl, rootPem, tlsRootPem]);
    expect([...again.finalizeCounts().values()].sort()).toEqual([0, 1]);
    expect(new Set(again.finalizeCounts().keys())).toEqual(new Set([...counts.keys(), pending.headers.location]));
    expect((await world.client.read(world.client.accountUrl)).json.contact).toEqual(['mailto:ops@northwind.test']);
    expect((await dns01Of(world.client, pending)).token).toBe(challenge.token);
    const path = world.seen.find(({ operation }) => operation === 'certificate')?.path;
    expect((await world.client.read(`${world.client.origin}${path}`)).text).toBe(chain);
  });

  it('issues from the same intermediates as before', async () => {
    const world = await openCa();
    const before = new X509Certificate((await downloaded(world, NAME)).text).issuer;
    await world.restart();
    expect(new X509Certificate((await downloaded(world, `b.${NAME}`)).text).issuer).toBe(before);
  });

  it('does not take nonces from before', async () => {
    const world = await openCa();
    const nonce = await world.client.nonce();
    await world.restart();
    expect((await world.client.post(String(world.client.accountUrl), '', { header: { nonce } })).errorType).toBe(
      'badNonce',
    );
  });

  it('goes on with the validation and the issuance it was in the middle of', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    world.ca.turn({ validationDelayMs: [60_000, 60_000], finalizeDelayMs: [60_000, 60_000] });
    const { challenge } = await presentedOrder(world, `b.${NAME}`);
    const finalized = await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    const told = await world.client.post(challenge.url, {});

    const again = await world.restart();

    expect([finalized.json.status, told.json.status]).toEqual(['processing', 'processing']);
    const location = order.headers.location;
    expect((await settled(() => world.client.read(location), 'processing')).json.status).toBe('valid');
    expect((await settled(() => world.client.read(challenge.url), 'processing')).json.status).toBe('valid');
    expect([again.count('issued'), again.finalizeCounts().get(String(location))]).toEqual([1, 1]);
  });

  it('keeps everything in files that only its user reads', async () => {
    const { folder } = await openCa();
    for (const name of await readdir(folder)) {
      expect([name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]).toEqual([name, '600']);
    }
  });

  it('answers when a change is on disk and not before', async () => {
    const world = await openCa();
    await world.client.read(world.client.accountUrl);
    const disk = Promise.withResolvers<void>();
    const kept = vi.spyOn(CaStore.prototype, 'kept').mockReturnValue(disk.promise);
    onTestFinished(() => kept.mockRestore());
    const answered = world.seen.length;

    const placing = world.client.order(NAME);
    await expect.poll(() => kept.mock.calls.length, { timeout: 10_000 }).toBe(1);
    const whileWriting = [world.ca.count('newOrder'), world.seen.length];
    disk.resolve();

    expect([whileWriting, (await placing).status]).toEqual([[1, answered], 201]);
  });

  it('answers serverInternal when a change cannot be written', async () => {
    const { client } = await openCa();
    const kept = vi.spyOn(CaStore.prototype, 'kept').mockRejectedValue(new Error('disk full'));
    onTestFinished(() => kept.mockRestore());
    const answer = await client.order(NAME);
    expect([answer.status, answer.errorType, answer.headers.location]).toEqual([500, 'serverInternal', undefined]);
  });

  it('leaves out a last line that was cut off, and refuses one that is broken in the middle', async () => {
    const world = await openCa();
    const order = await world.client.order(NAME);
    const records = join(world.folder, 'records.jsonl');
    await world.ca.close();

    await appendFile(records, '[{"kind":"account","id":"half');
    await world.restart();
    expect((await world.client.read(order.headers.location)).status).toBe(200);

    await world.ca.close();
    await writeFile(records, `nonsense\n${await readFile(records, 'utf8')}`);
    await expect(world.restart()).rejects.toThrow('line 1 of');
    await writeFile(records, '');
    await world.restart();
  });

  it('reads records from before there were profiles, limits and suggested windows', async () => {
    const world = await openCa({ dials: { earlyWindows: 1, letsEncryptLimits: true } });
    const url = await issuedUrl(world, NAME);
    const chain = await world.client.read(url);
    const ready = await readyOrder(world, `b.${NAME}`);
    await world.ca.close();
    const records = join(world.folder, 'records.jsonl');
    const changes = (await readJournal(records)) as readonly (readonly Record<string, unknown>[])[];
    const old = changes.map((change) => change.filter(({ kind }) => kind !== 'bucket').map(asOnceKept));
    await writeFile(records, old.map((change) => `${JSON.stringify(change)}\n`).join(''));

    await world.restart();
    const read = await world.client.read(ready.headers.location);
    await world.client.post(String(ready.json.finalize), { csr: await csrFor(`b.${NAME}`) });
    const after = await settled(() => world.client.read(ready.headers.location), 'processing');

    expect([(await world.client.read(url)).text, read.json.profile, after.json.status]).toEqual([
      chain.text,
      undefined,
      'valid',
    ]);
  });

  it('says which port it wants when that is taken', async () => {
    const first = await openCa();
    const second = await openCa();
    await writeFile(join(second.folder, 'port'), new URL(first.ca.directoryUrl).port);
    await expect(second.restart()).rejects.toThrow(/port \d+ of this folder's CA is taken/);
    await rm(join(second.folder, 'port'));
    await second.restart();
  });
});

describe('a journal', () => {
  it('says kept when the lines are in the file, in the order they were added', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-ca-journal-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const journal = await CaJournal.begin(folder, 'lines', ['old']);
    onTestFinished(() => journal.close());
    for (let index = 0; index < 50; index += 1) {
      journal.add(index);
      if (index % 7 !== 0) continue;
      await journal.kept();
      const expected = ['old', ...Array.from({ length: index + 1 }, (_, line) => line)];
      expect(await readJournal(join(folder, 'lines'))).toEqual(expected);
    }
  });
});

describe('a CA killed at any moment', () => {
  it('still has what it acknowledged, and finishes what it accepted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-ca-kill-'));
    const dns = await TinyDns.start();
    let running = await startProcess(folder, dns);
    onTestFinished(async () => {
      await kill(running.child);
      await dns.close();
      await rm(folder, { recursive: true, force: true });
    });
    const { rootPem } = running;
    const client = new RawAcme(running);
    await client.register();
    const random = seededLuck(7);

    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 2; round += 1) {
      const before = acknowledged.size;
      const work = workUntilCut(client, dns, acknowledged, round);
      await expect.poll(() => acknowledged.size, { interval: 5, timeout: 10_000 }).toBeGreaterThan(before + 1);
      const until = performance.now() + random() * 60;
      await expect.poll(() => performance.now() > until, { interval: 2, timeout: 10_000 }).toBe(true);
      await kill(running.child);
      await work;
      running = await startProcess(folder, dns);
      expect(running.rootPem).toBe(rootPem);
      await expectStillThere(client, acknowledged);
    }
  });
});

/** Without the members that came later. */
function asOnceKept(record: Readonly<Record<string, unknown>>): object {
  const later = ['profile', 'exemption', 'replaces', 'earlyShare', 'externalAccountKeyId'];
  return Object.fromEntries(Object.entries(record).filter(([name]) => !later.includes(name)));
}

const RANK = ['pending', 'ready', 'processing', 'valid'];

/** Places and finalizes orders, noting each status it was told, until the connection breaks. */
async function workUntilCut(
  client: RawAcme,
  dns: TinyDns,
  acknowledged: Map<string, string>,
  round: number,
): Promise<void> {
  try {
    for (let index = 0; ; index += 1) {
      const name = `pbx${round}-${index}.northwind.test`;
      const { order, challenge } = await presentedOrder({ client, dns }, name);
      const url = String(order.headers.location);
      acknowledged.set(url, 'pending');
      await client.post(challenge.url, {});
      acknowledged.set(url, String((await client.read(url)).json.status));
      const finalized = await client.post(String(order.json.finalize), { csr: await csrFor(name) });
      acknowledged.set(url, String(finalized.json.status));
    }
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^ECONN|EPIPE/) });
  }
}

async function expectStillThere(client: RawAcme, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  for (const [url, status] of acknowledged) {
    const now = String((await settled(() => client.read(url), 'processing')).json.status);
    expect([url, RANK.indexOf(now)]).toEqual([url, Math.max(RANK.indexOf(now), RANK.indexOf(status))]);
    if (status === 'processing') expect(now).toBe('valid');
  }
}

interface RunningCa extends ReachableCa {
  readonly child: ChildProcess;
  readonly rootPem: string;
}

async function startProcess(folder: string, dns: TinyDns): Promise<RunningCa> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ca-process.ts'), folder, dns.server], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, ...(JSON.parse(line) as Omit<RunningCa, 'child'>) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
