// What the public DNS says of a name: validating resolvers of its CAA records and signatures, its own name servers of its aliases and addresses.

import type { Answer } from 'dns-packet';
import type { CaaRecord } from '../../domain/caa.ts';
import { type AliasChain, endOf, extendChain } from '../../domain/delegation.ts';
import { Problem } from '../../domain/problem.ts';
import type { RecordsSeen } from '../../domain/wanted-records.ts';
import type { CaaFinding, DnssecFinding, PublicDns } from '../../ports/public-dns.ts';
import { type DnsEndpoint, type DnsQuestion, type DnsReply, exchange } from './dns-exchange.ts';
import { OriginServers } from './origin-servers.ts';

export interface PublicResolversOptions {
  /** At least two, of different operators, that validate DNSSEC: with fewer nothing is ever sound or bogus. */
  readonly resolvers: readonly DnsEndpoint[];
  /** For one attempt. @default 2000 */
  readonly timeoutMs?: number;
  /** UDP loses packets. @default 2 */
  readonly attempts?: number;
  /**
   * Where a name server of somebody's domain listens; undefined when it is not to be asked. Its name comes from outside, and so does its address.
   * @default - port 53 of its address in public DNS, if that is a public one
   */
  readonly addressOf?: (server: string) => Promise<DnsEndpoint | undefined>;
}

const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

/** How many resolvers must agree: one may be broken, or filter. */
export const AGREEING = 2;

/** Names are answered in any case; resolvers do what they like with the order of records. */
export class PublicResolvers implements PublicDns {
  readonly #resolvers: readonly DnsEndpoint[];
  readonly #timeoutMs: number;
  readonly #attempts: number;
  readonly #origin: OriginServers;

  constructor({ resolvers, timeoutMs = 2000, attempts = 2, addressOf }: PublicResolversOptions) {
    this.#resolvers = resolvers;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
    this.#origin = new OriginServers({
      askResolvers: (question) => this.#firstUsable(question),
      timeoutMs,
      attempts,
      ...(addressOf === undefined ? {} : { addressOf }),
    });
  }

  /**
   * The alias at the name itself, one hop, as its own name servers have it now (a resolver may remember for hours that there was none); undefined when there
   * is none. `dns-unreachable` when neither they nor a resolver say.
   */
  async findAlias(name: string): Promise<string | undefined> {
    const seen = await this.findRecords(name, 'CNAME');
    if (seen.kind === 'unknown') throw new Problem('dns-unreachable', seen.why);
    return seen.values[0];
  }

  async findRecords(name: string, type: 'A' | 'AAAA' | 'CNAME'): Promise<RecordsSeen> {
    if (type === 'CNAME') return this.#recordsAt(name, type);
    try {
      for (let chain: AliasChain = [name]; ; ) {
        const alias = await this.#recordsAt(endOf(chain), 'CNAME');
        if (alias.kind === 'unknown') return alias;
        const [target] = alias.values;
        if (target === undefined) return await this.#recordsAt(endOf(chain), type);
        chain = extendChain(chain, target);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { kind: 'unknown', why: error.message };
    }
  }

  async #recordsAt(name: string, type: 'A' | 'AAAA' | 'CNAME'): Promise<RecordsSeen> {
    const values = (await this.#origin.find(name, type)) ?? (await this.#remembered(name, type));
    if (values !== undefined) return { kind: 'found', values: type === 'CNAME' ? values.map(plain) : values };
    return {
      kind: 'unknown',
      why: `neither its name servers nor a resolver say whether "${name}" has a ${type} record`,
    };
  }

  async #remembered(name: string, type: 'A' | 'AAAA' | 'CNAME'): Promise<readonly string[] | undefined> {
    const reply = await this.#firstUsable({ name, type, recursion: 'checking' });
    return reply?.answers.flatMap((answer) => {
      const isPlain = answer.type === 'A' || answer.type === 'AAAA' || answer.type === 'CNAME';
      return isPlain && answer.type === type && plain(answer.name) === name ? [answer.data] : [];
    });
  }

  async findCaa(name: string): Promise<CaaFinding> {
    for (let at = name.replace(/^\*\./, ''); at !== ''; at = parentOf(at)) {
      const reply = await this.#firstUsable({ name: at, type: 'CAA', recursion: 'checking' });
      if (!reply) return { kind: 'unknown', why: `no resolver answers for CAA at "${at}"` };
      const records = reply.answers.flatMap(caaOf);
      if (records.length > 0) return { kind: 'found', at, records };
    }
    return { kind: 'none' };
  }

  async judgeDnssec(name: string): Promise<DnssecFinding> {
    const verdicts = await Promise.all(this.#resolvers.map((resolver) => this.#judgeAt(resolver, name)));
    const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
    const [bogus, failing] = [count('bogus'), count('failing')];
    if (bogus >= AGREEING) {
      return { kind: 'bogus', why: `${bogus} validating resolvers refuse "${name}" and answer with checking disabled` };
    }
    if (bogus + failing === 0 && count('answers') >= AGREEING) return { kind: 'sound' };
    const seen = `of ${verdicts.length} resolvers ${count('answers')} answer, ${failing} fail, ${bogus} only with checking disabled`;
    return { kind: 'unknown', why: `DNSSEC of "${name}" cannot be judged: ${seen}` };
  }

  async #judgeAt(resolver: DnsEndpoint, name: string): Promise<Verdict> {
    const checked = await this.#ask(resolver, { name, type: 'TXT', recursion: 'checking' });
    if (isUsable(checked)) return 'answers';
    if (checked?.rcode !== SERVER_FAILURE) return 'silent';
    const unchecked = await this.#ask(resolver, { name, type: 'TXT', recursion: 'unchecked' });
    return isUsable(unchecked) ? 'bogus' : 'failing';
  }

  /** All are asked at once: one that is silent costs nothing. */
  async #firstUsable(question: DnsQuestion): Promise<DnsReply | undefined> {
    const usable = this.#resolvers.map(async (resolver) => {
      const reply = await this.#ask(resolver, question);
      return reply && isUsable(reply) ? reply : Promise.reject(new Error('not usable'));
    });
    return Promise.any(usable).catch(() => undefined);
  }

  async #ask(resolver: DnsEndpoint, question: DnsQuestion): Promise<DnsReply | undefined> {
    for (let attempt = 1; attempt <= this.#attempts; attempt += 1) {
      const reply = await exchange(resolver, question, this.#timeoutMs);
      if (reply) return reply;
    }
    return undefined;
  }
}

type Verdict = 'answers' | 'bogus' | 'failing' | 'silent';

function isUsable(reply: DnsReply | undefined): boolean {
  return reply?.rcode === NO_ERROR || reply?.rcode === NO_SUCH_NAME;
}

/** An alias is followed by the resolver: the records come under the name it leads to. */
function caaOf(answer: Answer): readonly CaaRecord[] {
  if (answer.type !== 'CAA') return [];
  const { flags = 0, tag, value } = answer.data;
  return [{ flags, tag, value }];
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
