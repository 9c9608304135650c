// A public DNS held in memory, for tests of what is built on it.

import type { CaaRecord } from '../../domain/caa.ts';
import type { CaaFinding, DnssecFinding, PublicDns } from '../../ports/public-dns.ts';

/** What validating resolvers make of a name and all below it. */
export type MemoryDnssec = 'all fail' | 'one fails' | 'nobody answers';

export class MemoryPublicDns implements PublicDns {
  readonly #caa = new Map<string, readonly CaaRecord[]>();
  readonly #dnssec = new Map<string, MemoryDnssec>();

  putCaa(name: string, records: readonly CaaRecord[]): void {
    this.#caa.set(name, records);
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
