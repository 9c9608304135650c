// An authoritative name server for the zone `test` that answers the TXT values a test sets.

import { DnsServer } from '../../src/sandbox/dns/dns-server.ts';
import type { RecordSet } from '../../src/sandbox/dns/record-set.ts';

export interface TxtServer {
  /** `127.0.0.1:5353` */
  readonly address: string;
  readonly setTxt: (name: string, values: readonly string[]) => void;
  readonly valuesAt: (name: string) => readonly string[];
  readonly close: () => Promise<void>;
}

const base: readonly RecordSet[] = [
  { name: 'test', type: 'SOA', ttl: 1, values: ['ns.test. hostmaster.test. 1 60 60 60 1'] },
  { name: 'test', type: 'NS', ttl: 1, values: ['ns.test.'] },
];

export async function startTxtServer(): Promise<TxtServer> {
  const server = await DnsServer.start();
  const held = new Map<string, readonly string[]>();
  const publish = () => {
    const texts = [...held].map(
      ([name, values]): RecordSet => ({ name, type: 'TXT', ttl: 1, values: values.map((value) => `"${value}"`) }),
    );
    server.publish({ name: 'test', records: [...base, ...texts] });
  };
  publish();
  return {
    address: `${server.address}:${server.port}`,
    setTxt(name, values) {
      if (values.length === 0) held.delete(name);
      else held.set(name, values);
      publish();
    },
    valuesAt: (name) => held.get(name) ?? [],
    close: () => server.close(),
  };
}
