// Every dial of the sandbox is turned in a test over the whole service.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCaDials } from '../../src/sandbox/ca/ca-dials.ts';
import { startMailServer } from '../../src/sandbox/mail-server.ts';
import { defaultRoute53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { QUIET_UCX } from '../../src/sandbox/ucx/ucx-dials.ts';

describe('a dial nobody turns', () => {
  it.each([
    { world: 'CA', dials: async () => defaultCaDials },
    { world: 'Route 53', dials: async () => defaultRoute53Dials },
    { world: 'UCx', dials: async () => QUIET_UCX },
    { world: 'mail server', dials: mailDials },
  ])('is not among those of the $world', async ({ dials }) => {
    const tests = await wholeServiceTests();
    const unturned = Object.keys(await dials()).filter(
      (name) => !new RegExp(`\\b${name}\\b *[:=]|\\bca: \\{ ${name}`).test(tests),
    );
    expect(unturned).toEqual([]);
  });
});

async function wholeServiceTests(): Promise<string> {
  const files = (await readdir(import.meta.dirname)).filter((name) => /^order-.*\.test\.ts$/.test(name));
  const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), 'utf8')));
  return texts.join('\n');
}

async function mailDials(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'dials-'));
  const server = await startMailServer({ folder });
  await server.close();
  await rm(folder, { recursive: true });
  return server.dials;
}
