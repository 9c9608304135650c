// The name servers of a domain that is not ours, and what all of them answer now; never what a resolver remembers.

import type { Answer } from 'dns-packet';
import { judgeAddress } from '../../domain/public-address.ts';
import { type AskedType, AuthoritativeDns } from './authoritative-dns.ts';
import type { DnsEndpoint, DnsQuestion, DnsReply } from './dns-exchange.ts';

export interface OriginServersOptions {
  /**
   * Which servers a domain has changes seldom, and is asked of resolvers; undefined when none answers. Asked without checking: a domain whose signatures do
   * not hold is to be told that (`judgeDnssec`), not that nothing is there.
   */
  readonly askResolvers: (question: DnsQuestion) => Promise<DnsReply | undefined>;
  readonly timeoutMs: number;
  readonly attempts: number;
  /** @default - port 53 of the server's address in public DNS, if that is a public one */
  readonly addressOf?: (server: string) => Promise<DnsEndpoint | undefined>;
}

const DNS_PORT = 53;

/** A domain has two to eight, and 13 fit an answer of old (RFC 1035, 4.2.1); more at once are nobody's need. */
const SERVERS_ASKED = 8;

export class OriginServers {
  readonly #askResolvers: OriginServersOptions['askResolvers'];
  readonly #servers: AuthoritativeDns;

  constructor({ askResolvers, timeoutMs, attempts, addressOf }: OriginServersOptions) {
    this.#askResolvers = askResolvers;
    const where = addressOf ?? ((server: string) => this.#publicAddressOf(server));
    this.#servers = new AuthoritativeDns({ addressOf: where, timeoutMs, attempts });
  }

  /** The values each server that answers has; undefined when none answers, or nobody says which they are. */
  async find(name: string, type: AskedType): Promise<readonly string[] | undefined> {
    const servers = await this.#serversOf(name);
    const answers = await Promise.all(servers.map((server) => this.#servers.ask(server, name, type)));
    const [first, ...others] = answers.filter((values) => values !== undefined);
    return first?.filter((value) => others.every((values) => values.some((other) => isSame(other, value))));
  }

  /** Those of the closest name above that has any: the zone the name lies in (RFC 1034, 4.2.1). */
  async #serversOf(name: string): Promise<readonly string[]> {
    for (let at = name; at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '') {
      const reply = await this.#askResolvers({ name: at, type: 'NS', recursion: 'unchecked' });
      if (!reply) return [];
      const servers = reply.answers.flatMap((answer) =>
        answer.type === 'NS' && isSame(answer.name, at) ? [plain(answer.data)] : [],
      );
      if (servers.length > 0) return [...new Set(servers)].slice(0, SERVERS_ASKED);
    }
    return [];
  }

  async #publicAddressOf(server: string): Promise<DnsEndpoint | undefined> {
    const ask = (type: 'A' | 'AAAA') => this.#askResolvers({ name: server, type, recursion: 'unchecked' });
    return publicEndpoint((await ask('A'))?.answers ?? []) ?? publicEndpoint((await ask('AAAA'))?.answers ?? []);
  }
}

/** Whoever keeps a domain writes these addresses: one that is not public is never asked. */
export function publicEndpoint(answers: readonly Answer[]): DnsEndpoint | undefined {
  for (const answer of answers) {
    if (answer.type !== 'A' && answer.type !== 'AAAA') continue;
    const judged = judgeAddress(answer.data);
    if (judged.ok) return { address: judged.address, port: DNS_PORT };
  }
  return undefined;
}

function isSame(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
