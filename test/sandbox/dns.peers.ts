// The sandbox's name server seen by dig, which somebody else wrote.

import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsServer } from '../../src/sandbox/dns/dns-server.ts';
import { northwind, southwind } from './dns/zones-to-ask.ts';

const run = promisify(execFile);
let server: DnsServer;

beforeAll(async () => {
  try {
    execFileSync('dig', ['-v'], { stdio: 'ignore' });
  } catch (cause) {
    throw new Error('dig is missing; .ci/peers installs it (Debian: dnsutils)', { cause });
  }
  server = await DnsServer.start();
  server.publish(northwind);
  server.publish(southwind);
});

afterAll(async () => {
  await server?.close();
});

async function dig(...args: readonly string[]): Promise<string> {
  const all = ['@127.0.0.1', '-p', String(server.port), '+norecurse', '+tries=1', '+time=2', ...args];
  const { stdout } = await run('dig', all, { timeout: 10_000 });
  expect(stdout).not.toMatch(/warning|malformed|bad packet|extra bytes/i);
  return stdout;
}

const short = async (...args: readonly string[]) => (await dig('+short', ...args)).trim().split('\n').sort();

describe('dig', () => {
  it('sees both values of a name that proves two', async () => {
    expect(await short('two.northwind.test', 'TXT')).toEqual(['"apex"', '"wildcard"']);
  });

  it('sees a long value as two strings', async () => {
    expect(await short('long.northwind.test', 'TXT')).toEqual([`"${'a'.repeat(255)}" "${'b'.repeat(100)}"`]);
  });

  it.each([
    { name: 'pbx.northwind.test', type: 'A', values: ['203.0.113.7'] },
    { name: 'six.northwind.test', type: 'AAAA', values: ['2001:db8::7'] },
    { name: 'northwind.test', type: 'NS', values: ['ns1.sandbox.test.'] },
    {
      name: 'northwind.test',
      type: 'SOA',
      values: ['ns1.sandbox.test. hostmaster.sandbox.test. 1 7200 900 1209600 1'],
    },
    { name: 'northwind.test', type: 'CAA', values: ['0 issue "ca.sandbox.test"', '128 issuewild ";"'] },
    { name: 'alias.northwind.test', type: 'TXT', values: ['"over there"', 'target.southwind.test.'] },
    { name: 'x.wild.northwind.test', type: 'TXT', values: ['"any"'] },
  ])('sees $type of $name', async ({ name, type, values }) => {
    expect(await short(name, type)).toEqual(values);
  });

  it('is sent to TCP when the answer does not fit, and sees all of it there', async () => {
    const cut = await dig('+noedns', '+ignore', 'many.northwind.test', 'TXT');
    expect(cut).toMatch(/flags: qr aa tc;.*ANSWER: 0/);
    const whole = await dig('+noedns', 'many.northwind.test', 'TXT');
    expect(whole).toMatch(/ANSWER: 40/);
    expect(whole).toMatch(/\(TCP\)/);
  });

  it('tells a name that is not there from a name without that type', async () => {
    const nameless = await dig('none.northwind.test', 'TXT');
    expect(nameless).toMatch(/status: NXDOMAIN/);
    expect(nameless).toMatch(/flags: qr aa;.*AUTHORITY: 1/);
    for (const name of ['pbx.northwind.test', 'ent.northwind.test']) {
      const typeless = await dig(name, 'TXT');
      expect(typeless).toMatch(/status: NOERROR/);
      expect(typeless).toMatch(/flags: qr aa;.*ANSWER: 0, AUTHORITY: 1/);
      expect(typeless).toMatch(/northwind\.test\.\s+1\s+IN\s+SOA/);
    }
  });

  it('is refused outside our zones and told when aliases go in circles', async () => {
    expect(await dig('eastwind.test', 'A')).toMatch(/status: REFUSED/);
    expect(await dig('loop.northwind.test', 'A')).toMatch(/status: SERVFAIL/);
  });

  it('sees the name in the case it asked', async () => {
    expect(await dig('PbX.NorthWind.test', 'A')).toMatch(/PbX\.NorthWind\.test\.\s+60\s+IN\s+A\s+203\.0\.113\.7/);
  });

  it('is told when it offers a newer EDNS', async () => {
    expect(await dig('+edns=1', '+noednsnegotiation', 'pbx.northwind.test', 'A')).toMatch(/status: BADVERS/);
  });
});
