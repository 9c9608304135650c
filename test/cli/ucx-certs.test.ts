// The command line against the service over HTTP: what it prints, how it ends, and where the token does not go.

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { lookKey } from '../../src/steps/records.ts';
import { ApiWorld, NORTHWIND } from '../support/api-world.ts';

const HOSTNAME = 'pbx.northwind.test';
let world: ApiWorld;
let server: ReturnType<typeof serve>;
let url: string;
let folder: string;

beforeEach(async () => {
  world = new ApiWorld();
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  url = await new Promise((resolve) => {
    server = serve({ fetch: world.api.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function run(words: readonly string[], env: Record<string, string | undefined> = {}) {
  const said = { out: '', err: '' };
  const token = await world.token();
  const code = await main(words, {
    env: { UCX_CERTS_URL: url, UCX_CERTS_TOKEN: token, ...env },
    write: (text) => {
      said.out += text;
    },
    complain: (text) => {
      said.err += text;
    },
    readInput: () => '',
  });
  expect(said.out + said.err).not.toContain(token);
  return { code, ...said };
}

describe('ucx-certs', () => {
  it('says what it can do; asked wrongly it says so and ends with 2', async () => {
    for (const words of [
      ['--help'],
      ['hold', '--help'],
      ['resume', '--help'],
      ['readiness', '--help'],
      ['check', '--help'],
      ['server-setup', '--help'],
    ])
      expect(await run(words)).toMatchObject({ code: 0, out: expect.stringContaining('ucx-certs'), err: '' });
    expect((await run([])).code).toBe(2);
    expect(await run(['fly'])).toMatchObject({ code: 2, err: expect.stringContaining('no command "fly"') });
    expect(await run(['readiness'])).toMatchObject({ code: 2, err: 'give HOSTNAME\n' });
    expect(await run(['hold', '--why', 'x'])).toMatchObject({ code: 2, err: expect.stringContaining('--why') });
    expect(await run(['hold'])).toMatchObject({ code: 2, err: expect.stringContaining('give --reason') });
    expect(await run(['resume', '--all', '--profile', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('not both'),
    });
  });

  it('holds and resumes: a partner, a profile, everything', async () => {
    const held = async (query: string) => (await world.ask('GET', `/v1/hold?${query}`)).json.held;
    for (const [words, query] of [
      [[], 'scope=partner'],
      [['--profile', 'ucx-ssh'], 'scope=profile&profile=ucx-ssh'],
      [['--all'], 'scope=all'],
    ] as const) {
      expect((await run(['hold', '--reason', 'a trade fair', ...words])).code).toBe(0);
      expect(await held(query)).toBe(true);
      expect((await run(['resume', ...words])).code).toBe(0);
      expect(await held(query)).toBe(false);
    }
    const unknown = await run(['hold', '--reason', 'x', '--profile', 'other']);
    expect(unknown).toMatchObject({ code: 2, err: 'profile-unknown: no connection profile "other"\n' });
  });

  it('prints the script that sets up our account', async () => {
    const { code, out } = await run(['server-setup', HOSTNAME, '--profile', 'ucx-ssh', '--site-port', '4021']);
    expect([code, out.startsWith('#!/bin/sh\n'), out.includes('permitopen="127.0.0.1:4021"')]).toEqual([0, true, true]);
    expect(await run(['server-setup', HOSTNAME])).toMatchObject({ code: 2, err: expect.stringContaining('--profile') });
    expect(await run(['server-setup', '203.0.113.9', '--profile', 'ucx-ssh'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('IP address'),
    });
  });

  it('tells who would connect, and ends with 1 when somebody does not', async () => {
    await world.addServer();
    const key = lookKey(NORTHWIND, HOSTNAME);
    const hidden = { kind: 'not-checked', why: 'x' } as const;
    const facts = {
      ...{ hostname: HOSTNAME, sitePort: 21_326, publicIp: '20.30.40.50' },
      address: { kind: 'seen', value: [] } as const,
      ...{
        dnssec: hidden,
        caa: hidden,
        outside: hidden,
        asApple: hidden,
        inside: hidden,
        names: hidden,
        pushServer: hidden,
      },
    };
    const askedAt = world.now.toISOString();
    await world.inventory.add(key, { askedAt, report: { askedAt, seenAt: askedAt, facts } });
    const told = await run(['readiness', HOSTNAME]);
    expect(told.code).toBe(1);
    expect(told.out).toContain('  iPhone          does not connect\n');
    expect(told.out).toContain('Stops clients:\n  - pbx.northwind.test has no address in public DNS\n');
    expect(JSON.parse((await run(['readiness', HOSTNAME, '--json'])).out).verdicts.iphone).toBe('no');
    const file = join(folder, 'page.html');
    await run(['readiness', HOSTNAME, '--html', file]);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
    expect(await run(['readiness', 'other.northwind.test'])).toMatchObject({
      code: 2,
      err: 'no server "other.northwind.test"\n',
    });
  });

  it('takes the token from a file nobody else reads, sends it over TLS alone, and says when there is none', async () => {
    const file = join(folder, 'token');
    await writeFile(file, `${await world.token()}\n`, { mode: 0o600 });
    const env = { UCX_CERTS_TOKEN: undefined, UCX_CERTS_TOKEN_FILE: file };
    expect((await run(['resume'], env)).code).toBe(0);
    await chmod(file, 0o644);
    expect(await run(['resume'], env)).toMatchObject({ code: 2, err: expect.stringContaining('chmod 600') });
    expect(await run(['resume'], { UCX_CERTS_TOKEN: '' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('UCX_CERTS_TOKEN'),
    });
    expect(await run(['resume'], { UCX_CERTS_URL: 'http://service.example' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('https://'),
    });
    expect(await run(['resume'], { UCX_CERTS_URL: 'nowhere' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('no address'),
    });
    expect(await run(['resume'], { UCX_CERTS_URL: 'http://127.0.0.1:9' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be asked'),
    });
    expect(await run(['resume'], { UCX_CERTS_TOKEN: 'x' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('unauthorized'),
    });
  });
});
