// docs/dns.md has the numbers of the code, and the records it shows are those the code asks for.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REMEMBERED_MS, ZONES_A_PAGE } from '../src/adapters/aws/hosted-zones.ts';
import { CHARACTERS_A_BATCH, RECORDS_A_BATCH } from '../src/adapters/aws/record-changes.ts';
import { TXT_TTL_SECONDS } from '../src/adapters/aws/route53-zones.ts';
import { AGREEING } from '../src/adapters/dns/public-resolvers.ts';
import {
  DNS_DEADLINE_MS,
  LONGEST_DNS_PAUSE_MS,
  REMINDERS_AFTER_MS,
  SHORTEST_DNS_PAUSE_MS,
} from '../src/domain/awaiting-dns.ts';
import { decideCaa } from '../src/domain/caa.ts';
import { delegationTarget, MAX_ALIASES } from '../src/domain/delegation.ts';

const DAY_MS = 24 * 3_600_000;
const text = readFileSync(new URL('../docs/dns.md', import.meta.url), 'utf8');

it('docs/dns.md has the numbers of the code', () => {
  const rows = [...text.matchAll(/^\| ([^|]+) \| (\d+) \|$/gm)].map(([, what, number]) => [what, Number(number)]);
  expect(Object.fromEntries(rows)).toEqual({
    'aliases followed, at most': MAX_ALIASES,
    "shortest pause between looks at a customer's records, seconds": SHORTEST_DNS_PAUSE_MS / 1000,
    "longest pause between looks at a customer's records, seconds": LONGEST_DNS_PAUSE_MS / 1000,
    'first reminder after, days': REMINDERS_AFTER_MS[0] / DAY_MS,
    'second reminder after, days': REMINDERS_AFTER_MS[1] / DAY_MS,
    'third reminder after, days': REMINDERS_AFTER_MS[2] / DAY_MS,
    'records of a customer are waited for, days': DNS_DEADLINE_MS / DAY_MS,
    'resolvers that must agree': AGREEING,
    'TTL of a TXT record, seconds': TXT_TTL_SECONDS,
    'records in a batch, at most': RECORDS_A_BATCH,
    'characters in a batch, at most': CHARACTERS_A_BATCH,
    'zones on a page': ZONES_A_PAGE,
    'a page of zones is believed, seconds': REMEMBERED_MS / 1000,
  });
});

it('docs/dns.md shows the records the code asks for', () => {
  const [, name = '', target = ''] = /^(\S+)\. {2}CNAME {2}(\S+)\.$/m.exec(text) ?? [];
  expect(delegationTarget(name, 'challenges.emetrotel.example')).toBe(target);
  const decision = decideCaa({
    name: 'pbx.customer.example',
    records: [{ flags: 0, tag: 'issue', value: ';' }],
    foundAt: 'customer.example',
    caaIdentities: ['letsencrypt.org'],
    accountUrl: undefined,
    method: 'dns-01',
  });
  const [, shown = ''] = /^(\S+ {2}CAA .*)$/m.exec(text) ?? [];
  expect(decision).toMatchObject({ remedy: `add: ${shown.replaceAll(/ +/g, ' ')}` });
});
