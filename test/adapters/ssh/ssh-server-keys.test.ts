// Who a sandbox UCx lets in, changed over SSH: the contract, and what only a file on a server can be.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CHANGE_KEYS } from '../../../src/adapters/ssh/authorized-keys-script.ts';
import { serverKeysContract } from '../../contracts/server-keys.ts';
import { openServerKeysBench } from '../../support/server-keys-bench.ts';

const OLD = `ssh-ed25519 ${'A'.repeat(68)}`;
const NEW = `ssh-ed25519 ${'B'.repeat(68)}`;

describe('SshServerKeys', () => {
  serverKeysContract(async () => (await openServerKeysBench()).world);

  it('leaves a file that only the account reads, and nothing beside it', async () => {
    const { bench, file, world } = await openServerKeysBench();
    onTestFinished(bench.close);
    const server = await world.open();
    const drawn = await world.keys.make('ed25519');
    await writeFile(join(file, '../.ucx-certs.999999.new'), 'of a run that was killed');
    await server.admit(`${world.keys.publicHalf(drawn)} ucx-certs`);
    await server.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(file, '..'))).toEqual(['authorized_keys']);
  });

  it('shows the private half to nobody', async () => {
    const { bench, world } = await openServerKeysBench();
    onTestFinished(bench.close);
    const drawn = await world.keys.make('ed25519');
    const server = await world.open();
    await server.admit(`${world.keys.publicHalf(drawn)} ucx-certs`);
    await server.close();
    await (await world.open({ privateKey: drawn })).close();
    const secret = drawn.split('\n')[3] ?? '';
    expect(secret.length).toBeGreaterThan(20);
    for (const name of await readdir(bench.ucx.root, { recursive: true })) {
      const text = await readFile(join(bench.ucx.root, name), 'latin1').catch(() => '');
      expect([name, text.includes(secret)]).toEqual([name, false]);
    }
  });

  it('takes no line that is more than one', async () => {
    const { bench, world } = await openServerKeysBench();
    onTestFinished(bench.close);
    const server = await world.open();
    const before = await world.lines();
    for (const line of [`${NEW} ucx-certs\nssh-ed25519 AAAA`, `${NEW} a\rb`, 'no key at all', ''])
      await expect(server.admit(line)).rejects.toMatchObject({ name: 'profile-unknown' });
    await expect(server.retire([`${NEW}\n${OLD}`])).rejects.toMatchObject({ name: 'profile-unknown' });
    await server.close();
    expect(await world.lines()).toEqual(before);
  });
});

describe('the script', () => {
  /** Killed at its n-th program, as by a power cut; answers what is let in then. */
  async function cutAt(program: number, act: 'admit' | 'retire'): Promise<{ text: string; ended: boolean }> {
    const home = await mkdtemp(join(tmpdir(), 'keys-script-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const file = join(home, '.ssh/authorized_keys');
    await mkdir(join(home, '.ssh'));
    await writeFile(file, act === 'admit' ? `${OLD} a\n` : `${OLD} a\n${NEW} b\n`);
    await mkdir(join(home, 'bin'));
    for (const name of ['awk', 'cat', 'grep', 'cmp', 'chmod', 'sync', 'mv', 'rm', 'df']) {
      const wrapper = `#!/bin/sh
echo . >>"$HOME/count"
[ "$(wc -l <"$HOME/count")" -lt ${program} ] || { kill -9 $PPID; exit 1; }
exec /usr/bin/env PATH="$REAL_PATH" ${name} "$@"
`;
      await writeFile(join(home, 'bin', name), wrapper, { mode: 0o755 });
    }
    const PATH = process.env.PATH ?? '';
    const child = promisify(execFile)('sh', ['-c', CHANGE_KEYS], {
      env: { HOME: home, PATH: `${join(home, 'bin')}:${PATH}`, REAL_PATH: PATH },
    });
    child.child.stdin?.end(act === 'admit' ? `${OLD}\nadmit\n${NEW} b\n${NEW}\n` : `${NEW}\nretire\n\n${OLD}\n`);
    const ended = await child.then(
      ({ stdout }) => stdout.includes('state=changed'),
      () => false,
    );
    return { text: await readFile(file, 'utf8'), ended };
  }

  it.each(['admit', 'retire'] as const)(
    'cut off at any of its programs (%s) leaves the old file or the new one',
    async (act) => {
      const [before, after] =
        act === 'admit' ? [`${OLD} a\n`, `${OLD} a\n${NEW} b\n`] : [`${OLD} a\n${NEW} b\n`, `${NEW} b\n`];
      const seen = new Set<string>();
      for (let program = 1; ; program += 1) {
        const { text, ended } = await cutAt(program, act);
        expect([before, after]).toContain(text);
        seen.add(text);
        if (ended) break;
        expect(program).toBeLessThan(40);
      }
      expect(seen.size).toBe(2);
    },
  );

  it.each([['dash'], ['bash'], ['busybox', 'sh']])('does the same under %s', async (...shell) => {
    const home = await mkdtemp(join(tmpdir(), 'keys-script-'));
    onTestFinished(() => rm(home, { recursive: true }));
    await mkdir(join(home, '.ssh'));
    const file = join(home, '.ssh/authorized_keys');
    await writeFile(file, `# ${OLD}\nfrom="10.0.0.1",no-pty ${OLD} a b\r\n${NEW.replace('BBB', 'CCC')} other`);
    const [program = 'sh', ...words] = shell;
    const act = async (stdin: string) => {
      const child = promisify(execFile)(program, [...words, '-c', CHANGE_KEYS], {
        env: { HOME: home, PATH: process.env.PATH ?? '' },
      });
      child.child.stdin?.end(stdin);
      return (await child).stdout.trim();
    };
    const found = await promisify(execFile)('which', [program]).catch(() => undefined);
    if (found === undefined) return;
    expect(await act(`${OLD}\nadmit\nno-pty ${NEW} ucx-certs\n${NEW}\n`)).toBe('state=changed');
    expect(await act(`${OLD}\nadmit\nno-pty ${NEW} ucx-certs\n${NEW}\n`)).toBe('state=same');
    expect(await act(`${NEW}\nretire\n\n${OLD}\n`)).toBe('state=changed');
    expect(await act(`${NEW}\nretire\n\n${OLD}\n`)).toBe('state=same');
    expect(await readFile(file, 'utf8')).toBe(
      `# ${OLD}\n${NEW.replace('BBB', 'CCC')} other\nno-pty ${NEW} ucx-certs\n`,
    );
    expect(await act(`${OLD}\nretire\n\n${NEW}\n`)).toMatch(/^error=authorized_keys does not hold/);
  });
});
