// A public DNS held in memory, for tests of what is built on it.

import type { CaaRecord } from '../../domain/caa.ts';
import { type AliasChain, endOf, extendChain } from '../../domain/delegation.ts';
import { Problem } from '../../domain/problem.ts';
import type { RecordsSeen } from '../../domain/wanted-records.ts';
import type { CaaFinding, DnssecFinding, PublicDns } from '../../ports/public-dns.ts';

/** What validating resolvers make of a name and all below it. */
export type MemoryDnssec = 'all fail' | 'one fails' | 'nobody answers';

export class MemoryPublicDns implements PublicDns {
  readonly #caa = new Map<string, readonly CaaRecord[]>();
  readonly #records = new Map<string, readonly string[]>();
  readonly #dnssec = new Map<string, MemoryDnssec>();

  putCaa(name: string, records: readonly CaaRecord[]): void {
    this.#caa.set(name, records);
  }

  /** What every name server of the name has from now on; without values it is taken away. */
  putRecords(name: string, type: 'A' | 'AAAA' | 'CNAME', values: readonly string[]): void {
    this.#records.set(`${name} ${type}`, [...values]);
  }

  /** What was put there. */
  recordsAt(name: string, type: 'A' | 'AAAA' | 'CNAME'): readonly string[] {
    return this.#records.get(`${name} ${type}`) ?? [];
  }

  turn(name: string, dnssec: MemoryDnssec): void {
    this.#dnssec.set(name, dnssec);
  }

  async findCaa(name: string): Promise<CaaFinding> {
    for (const at of upwards(name.replace(/^\*\./, ''))) {
      const state = this.#stateOf(at);
      if (state === 'all fail' || state === 'nobody answers') {
        return { kind: 'unknown', why: `no resolver answers for CAA at "${at}"` };
      }
      const records = this.#caa.get(at) ?? [];
      if (records.length > 0) return { kind: 'found', at, records };
    }
    return { kind: 'none' };
  }

  async judgeDnssec(name: string): Promise<DnssecFinding> {
    const state = this.#stateOf(name);
    if (state === undefined) return { kind: 'sound' };
    const kind = state === 'all fail' ? 'bogus' : 'unknown';
    return { kind, why: `of the validating resolvers of "${name}" ${state}` };
  }

  async findRecords(name: string, type: 'A' | 'AAAA' | 'CNAME'): Promise<RecordsSeen> {
    if (type === 'CNAME') return this.#lookAt(name, type);
    try {
      for (let chain: AliasChain = [name]; ; ) {
        const alias = this.#lookAt(endOf(chain), 'CNAME');
        if (alias.kind === 'unknown') return alias;
        const [target] = alias.values;
        if (target === undefined) return this.#lookAt(endOf(chain), type);
        chain = extendChain(chain, target);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { kind: 'unknown', why: error.message };
    }
  }

  #lookAt(name: string, type: 'A' | 'AAAA' | 'CNAME'): RecordsSeen {
    if (this.#stateOf(name) === 'nobody answers') return { kind: 'unknown', why: `no server answers for "${name}"` };
    return { kind: 'found', values: this.recordsAt(name, type) };
  }

  #stateOf(name: string): MemoryDnssec | undefined {
    const turned = upwards(name).find((at) => this.#dnssec.has(at));
    return turned === undefined ? undefined : this.#dnssec.get(turned);
  }
}

/** The name and its parents, without the root. */
function upwards(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
