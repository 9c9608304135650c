// `npm start` as people and systems meet it: plain lines, a proof or none, state that is nobody else's; killed at any moment, it goes on.

import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxCa } from '../../src/sandbox/ca/sandbox-ca.ts';
import { seededLuck } from '../../src/sandbox/ca/seeded-luck.ts';
import { MailFolder } from '../../src/sandbox/mail-folder.ts';
import { SandboxRoute53 } from '../../src/sandbox/route53/sandbox-route53.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { keepQuickOrder, NpmStart } from '../support/npm-start.ts';
import { patient } from '../support/sandbox-run.ts';
import { filesBelow, findBelow, findIn, openToTheWorld, secretsOfVault } from '../support/secret-search.ts';

const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

let folder: string;
let started: NpmStart | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm-start-'));
});

afterEach(async () => {
  await started?.kill();
  await rm(folder, { recursive: true, force: true });
});

function start(...flags: readonly string[]): NpmStart {
  started = new NpmStart(folder, flags);
  return started;
}

describe('npm start -- --once', patient, () => {
  it('ends with 1 and says why when the proof does not hold', async () => {
    await mkdir(join(folder, 'outside'), { mode: 0o700 });
    await takeAddress(join(folder, 'outside', 'route53'));
    await keepQuickOrder(folder);
    const once = start('--once');
    expect([await once.ended(), once.output]).toEqual([1, expect.stringContaining('Not served: ')]);
    expect(once.output).toContain('record-conflict in set-address: ');
    expect(once.output).not.toContain('Served: a strict client connects');
  });

  it('and --fresh begins anew: ends with 0, the proof, and the same for openssl to copy, in plain lines', async () => {
    await mkdir(join(folder, 'outside'), { mode: 0o700 });
    await takeAddress(join(folder, 'outside', 'route53'));
    const once = start('--once', '--fresh');
    expect([await once.ended(), once.output]).toEqual([0, expect.stringContaining('Served: a strict client connects')]);
    const { output } = once;
    expect(output).toMatch(
      / {2}connected {3}pbx\.northwind\.test, site port 21326 \(here 127\.0\.0\.1:\d+\), TLSv1\.[23]\n/,
    );
    expect(output).toMatch(
      /CN=pbx\.northwind\.test {2}<- {2}CN=Sandbox Intermediate \w+ A {2}<- {2}CN=Sandbox Root \w+\n/,
    );
    expect(output).toMatch(
      /openssl s_client -connect 127\.0\.0\.1:\d+ -servername pbx\.northwind\.test -CAfile \S+root\.pem/,
    );
    expect(output).toMatch(/ok {2}activated, InfinityOne restarted {2,}\d+\.\d s/);
    expect(output).toMatch(/told ana@northwind\.test: Done/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's control characters are what must not be there
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(output).not.toMatch(JWT);
  });
});

describe('npm start, killed again and again', patient, () => {
  it('goes on where it was and does nothing twice', async () => {
    await keepQuickOrder(folder);
    const luck = seededLuck(20_261_123);
    const spoken: string[] = [];
    for (const moment of moments) {
      const run = start();
      await run.until(() => moment(run));
      await new Promise((resolve) => setTimeout(resolve, luck() * 300));
      await run.kill();
      spoken.push(run.output);
    }
    const last = start();
    await last.until(() => last.output.includes('Ctrl-C'));
    await last.kill();
    spoken.push(last.output);

    expect(last.output).toContain('Served: a strict client connects, and gets the certificate of this order.');
    expect(last.output).toMatch(JWT);
    await expectOnce();
    await expectNobodyElsesState(spoken.join('\n'));
  });

  const ok = (lines: number) => (run: NpmStart) => (run.output.match(/^ {2}ok /gm)?.length ?? 0) >= lines;
  const moments = [
    (run: NpmStart) => run.output.includes('POST /v1/orders'),
    ok(2),
    ok(4),
    ok(7),
    ok(9),
    async () => (await phases()).some((phase) => !['checking', 'swapping'].includes(phase)),
  ];

  /** What the script on the server says of each activation. */
  async function phases(): Promise<readonly string[]> {
    const activations = join(folder, 'outside/ucx/root/var/lib/ucx-certs/activations');
    const names = await readdir(activations).catch(() => []);
    const states = names.map((name) => readFile(join(activations, name, 'state'), 'utf8').catch(() => ''));
    return (await Promise.all(states)).flatMap((state) => /^phase=(.+)$/m.exec(state)?.[1] ?? []);
  }

  async function expectOnce(): Promise<void> {
    const ca = await SandboxCa.start({ folder: join(folder, 'outside/ca'), dnsServers: [] });
    const finalized = [...ca.finalizeCounts().values()].filter((times) => times > 0);
    await ca.close();
    const counts = JSON.parse(await readFile(join(folder, 'outside/ucx/machine/counts.json'), 'utf8')).counts;
    const sets = await readdir(join(folder, 'outside/ucx/root/var/lib/ucx-certs/sets'));
    // an activation whose power went before its restart is undone and made anew
    const made = (await phases()).filter((phase) => phase !== 'restored');
    expect({ finalized, sets: sets.length, made }).toEqual({ finalized: [1], sets: 1, made: ['committed'] });
    // none when the power went before the command was given: the boot has then read the new set
    expect(counts.restarts).toBeLessThanOrEqual(1);
    const mails = await new MailFolder(join(folder, 'outside/mail')).list();
    const notices = mails.map(({ to, subject, messageId }) => `${messageId} ${to} ${subject}`);
    // a repeat after a cut keeps its Message-ID, and says the same
    expect(new Set(notices).size).toBe(new Set(mails.map(({ messageId }) => messageId)).size);
    expect(new Set(notices.filter((notice) => notice.includes('Done: '))).size).toBe(2);
    expect(notices.filter((notice) => /Rolled back|Needs a person/.test(notice))).toEqual([]);
  }

  /** Nobody else may read what we keep; no secret in any of them, nor on the screen but for the one token. */
  async function expectNobodyElsesState(spoken: string): Promise<void> {
    const vault = join(folder, 'service/vault');
    const secrets = await secretsOfVault(vault);
    const isKeyPlace = (path: string) => path.startsWith(vault) || /\/(?:key\.pem|ucx\.key)$/.test(path);
    expect(await findBelow(folder, secrets, isKeyPlace)).toEqual([]);
    expect(findIn('the screen', Buffer.from(spoken), secrets)).toEqual([]);
    const shown = spoken.split('\n').filter((line) => JWT.test(line));
    expect(shown).toEqual([expect.stringMatching(/^ {2}export TOKEN=eyJ/)]);
    for (const path of await filesBelow(folder))
      expect([path, JWT.test(await readFile(path, 'latin1'))]).toEqual([path, false]);
    // LevelDB makes its files for everyone; nobody gets past the folder
    const folders = [
      '.',
      'service',
      'service/dynamodb',
      'service/engine',
      'service/vault',
      'outside/ca',
      'outside/mail',
    ];
    expect(await openToTheWorld(folders.map((name) => join(folder, name)))).toEqual([]);
    const files = [...(await filesBelow(vault)), ...(await filesBelow(join(folder, 'service/engine')))];
    expect(await openToTheWorld([...files, join(folder, 'service/service.log')])).toEqual([]);
  }
});

/** Somebody else's record at the name: the order must stop. */
async function takeAddress(route53Folder: string): Promise<void> {
  const zones = [NORTHWIND.zone];
  const route53 = await SandboxRoute53.start({
    folder: route53Folder,
    zones,
    now: () => new Date(),
    random: () => 0.5,
  });
  route53.put({ name: NORTHWIND.hostname, type: 'A', ttl: 300, values: ['203.0.113.99'] });
  await route53.close();
}
