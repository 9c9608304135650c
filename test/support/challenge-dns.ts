// A name server for the zone `test` whose TXT records other people's ACME clients set, by their hooks, over HTTP on loopback.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DnsServer } from '../../src/sandbox/dns/dns-server.ts';
import type { RecordSet } from '../../src/sandbox/dns/record-set.ts';

export interface ChallengeDns {
  /** `127.0.0.1:5353` */
  readonly address: string;
  /** Takes `POST /present` and `POST /cleanup` with `{ fqdn, value }`, as lego's provider `httpreq` sends it. */
  readonly hookUrl: string;
  /** Names for which something was presented, in order, as the client called them. */
  readonly presented: readonly string[];
  /** Names that have a value now. */
  readonly names: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** `aliases`: from a name to where its CNAME leads. */
export async function startChallengeDns(aliases: Readonly<Record<string, string>> = {}): Promise<ChallengeDns> {
  const dns = await DnsServer.start();
  const held = new Map<string, readonly string[]>();
  const presented: string[] = [];
  const publish = (): void => dns.publish({ name: 'test', records: [...fixed(aliases), ...texts(held)] });
  publish();

  const server = createServer(async (request, response) => {
    const { fqdn, value } = JSON.parse(await text(request)) as { fqdn: string; value: string };
    const asked = fqdn.toLowerCase().replace(/\.$/, '');
    const name = followed(aliases, asked);
    const others = (held.get(name) ?? []).filter((other) => other !== value);
    if (request.url === '/present') {
      held.set(name, [...others, value]);
      presented.push(asked);
    } else if (others.length > 0) held.set(name, others);
    else held.delete(name);
    publish();
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `${dns.address}:${dns.port}`,
    hookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    presented,
    names: () => [...held.keys()],
    close: async () => {
      await closed(server);
      await dns.close();
    },
  };
}

function fixed(aliases: Readonly<Record<string, string>>): readonly RecordSet[] {
  return [
    { name: 'test', type: 'SOA', ttl: 1, values: ['ns.test. hostmaster.test. 1 60 60 60 1'] },
    { name: 'test', type: 'NS', ttl: 1, values: ['ns.test.'] },
    ...Object.entries(aliases).map(
      ([name, target]): RecordSet => ({ name, type: 'CNAME', ttl: 1, values: [`${target}.`] }),
    ),
  ];
}

function texts(held: ReadonlyMap<string, readonly string[]>): readonly RecordSet[] {
  return [...held].map(
    ([name, values]): RecordSet => ({ name, type: 'TXT', ttl: 1, values: values.map((value) => `"${value}"`) }),
  );
}

/** For a client that leaves it to the person behind the hook to know that there is an alias. */
function followed(aliases: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
}

async function closed(server: Server): Promise<void> {
  const gone = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await gone;
}
