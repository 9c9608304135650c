// Two zones that hold one of each thing a name server can be asked for.

import type { RecordSet, RecordType, ZoneContent } from '../../../src/sandbox/dns/record-set.ts';

const set = (name: string, type: RecordType, ...values: string[]): RecordSet => ({ name, type, ttl: 60, values });
const soa = 'ns1.sandbox.test. hostmaster.sandbox.test. 1 7200 900 1209600 1';

export const northwind: ZoneContent = {
  name: 'northwind.test',
  records: [
    set('northwind.test', 'SOA', soa),
    set('northwind.test', 'NS', 'ns1.sandbox.test.'),
    set('northwind.test', 'CAA', '0 issue "ca.sandbox.test"', '128 issuewild ";"'),
    set('pbx.northwind.test', 'A', '203.0.113.7'),
    set('six.northwind.test', 'AAAA', '2001:db8::7'),
    set('long.northwind.test', 'TXT', `"${'a'.repeat(255)}" "${'b'.repeat(100)}"`),
    set('two.northwind.test', 'TXT', '"apex"', '"wildcard"'),
    set('a.b.ent.northwind.test', 'TXT', '"deep"'),
    set('*.wild.northwind.test', 'TXT', '"any"'),
    set('real.wild.northwind.test', 'A', '203.0.113.8'),
    set(
      'many.northwind.test',
      'TXT',
      ...Array.from({ length: 40 }, (_, index) => `"${String(index).padStart(43, '0')}"`),
    ),
    set('alias.northwind.test', 'CNAME', 'Target.southwind.test.'),
    set('away.northwind.test', 'CNAME', 'www.eastwind.test.'),
    set('dead.northwind.test', 'CNAME', 'none.southwind.test.'),
    set('loop.northwind.test', 'CNAME', 'pool.northwind.test.'),
    set('pool.northwind.test', 'CNAME', 'loop.northwind.test.'),
    set('cut.northwind.test', 'NS', 'ns.elsewhere.test.'),
  ],
};

export const southwind: ZoneContent = {
  name: 'southwind.test',
  records: [
    set('southwind.test', 'SOA', soa),
    set('southwind.test', 'NS', 'ns1.sandbox.test.'),
    set('target.southwind.test', 'TXT', '"over there"'),
  ],
};
