// PublicResolvers before BIND, which somebody else wrote: zones signed well, badly and not at all, judged as BIND judges them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PublicResolvers } from '../../../src/adapters/dns/public-resolvers.ts';
import { type Bind9, startBind9 } from '../../support/bind9.ts';

const run = promisify(execFile);
let bind9: Bind9;
let dns: PublicResolvers;

beforeAll(async () => {
  bind9 = await startBind9({
    'sound.test': {
      signing: 'good',
      records: [
        '@ CAA 0 issue "ca.test; accounturi=https://ca.test/acct/1"',
        '@ CAA 128 tbs "Unknown"',
        '@ CAA 0 issuewild ";"',
        'alias CNAME own.sound.test.',
        'own CAA 0 issue "other.test"',
        'phones A 203.0.113.10',
      ],
    },
    'expired.test': { signing: 'expired', records: ['@ CAA 0 issue "ca.test"', 'phones A 203.0.113.11'] },
    'changed.test': { signing: 'changed' },
    'plain.test': {
      signing: 'none',
      records: ['_acme-challenge.pbx2 CNAME hub.sound.test.', 'phones CNAME phones.sound.test.'],
    },
  });
  dns = new PublicResolvers({ resolvers: bind9.resolvers });
});

afterAll(() => bind9?.close());

async function statusOf(resolver: number, name: string, ...more: readonly string[]): Promise<string | undefined> {
  const port = String(bind9.resolvers[resolver]?.port);
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', port, '+tries=1', '+time=5', ...more, name, 'TXT']);
  return /status: ([A-Z]+)/.exec(stdout)?.[1];
}

describe('before BIND', () => {
  it.each([
    { name: '_acme-challenge.pbx.sound.test', what: 'signed well', kind: 'sound' },
    { name: 'pbx.sound.test', what: 'signed, and without that type', kind: 'sound' },
    { name: 'nowhere.sound.test', what: 'proven not to be there', kind: 'sound' },
    { name: '_acme-challenge.pbx.plain.test', what: 'not signed', kind: 'sound' },
    { name: '_acme-challenge.pbx.expired.test', what: 'of an expired signature', kind: 'bogus' },
    { name: 'pbx.expired.test', what: 'whose absence has an expired signature', kind: 'bogus' },
    { name: '_acme-challenge.pbx.changed.test', what: 'changed after it was signed', kind: 'bogus' },
    { name: 'pbx.changed.test', what: 'signed well beside one that was changed', kind: 'sound' },
  ])('$name, $what, is $kind', async ({ name, kind }) => {
    expect(await dns.judgeDnssec(name)).toMatchObject({ kind });
  });

  it('dig sees the same: a failure with checking, an answer without', async () => {
    for (const name of ['_acme-challenge.pbx.expired.test', '_acme-challenge.pbx.changed.test']) {
      expect([await statusOf(0, name), await statusOf(1, name, '+cd')]).toEqual(['SERVFAIL', 'NOERROR']);
    }
    expect(await statusOf(0, '_acme-challenge.pbx.sound.test')).toBe('NOERROR');
  });

  it('one failing resolver beside one that does not validate is no verdict', async () => {
    const mixed = new PublicResolvers({ resolvers: [bind9.resolvers[0], bind9.authority] });
    expect(await mixed.judgeDnssec('_acme-challenge.pbx.expired.test')).toMatchObject({ kind: 'unknown' });
    expect(await mixed.judgeDnssec('_acme-challenge.pbx.sound.test')).toMatchObject({ kind: 'sound' });
  });

  it('CAA is read at the name, up the tree, through an alias, and not at all where signatures do not hold', async () => {
    const found = await dns.findCaa('a.b.sound.test');
    expect(found).toMatchObject({ kind: 'found', at: 'sound.test' });
    expect(found.kind === 'found' && [...found.records].sort((a, b) => a.tag.localeCompare(b.tag))).toEqual([
      { flags: 0, tag: 'issue', value: 'ca.test; accounturi=https://ca.test/acct/1' },
      { flags: 0, tag: 'issuewild', value: ';' },
      { flags: 128, tag: 'tbs', value: 'Unknown' },
    ]);
    expect(await dns.findCaa('alias.sound.test')).toEqual({
      kind: 'found',
      at: 'alias.sound.test',
      records: [{ flags: 0, tag: 'issue', value: 'other.test' }],
    });
    expect(await dns.findCaa('pbx.plain.test')).toEqual({ kind: 'none' });
    expect(await dns.findCaa('pbx.expired.test')).toMatchObject({ kind: 'unknown' });
  });

  it('an alias is found one hop at a time', async () => {
    expect(await dns.findAlias('_acme-challenge.pbx2.plain.test')).toBe('hub.sound.test');
    expect(await dns.findAlias('_acme-challenge.pbx.plain.test')).toBeUndefined();
    await expect(dns.findAlias('_acme-challenge.pbx.expired.test')).rejects.toMatchObject({ name: 'dns-unreachable' });
  });

  it('records are those of the name servers BIND names, an alias into another zone followed', async () => {
    const asked: string[] = [];
    const addressOf = async (server: string) => {
      asked.push(server);
      return bind9.authority;
    };
    const there = new PublicResolvers({ resolvers: bind9.resolvers, addressOf });
    const found = (...values: readonly string[]) => ({ kind: 'found', values });
    expect(await there.findRecords('_acme-challenge.pbx2.plain.test', 'CNAME')).toEqual(found('hub.sound.test'));
    expect(await there.findRecords('phones.plain.test', 'A')).toEqual(found('203.0.113.10'));
    expect(await there.findRecords('nowhere.plain.test', 'A')).toEqual(found());
    expect(await there.findRecords('phones.expired.test', 'A')).toEqual(found('203.0.113.11'));
    expect(asked.length).toBeGreaterThan(3);
  });
});
