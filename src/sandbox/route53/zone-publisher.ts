// Brings changes of zones to the name servers after a delay, to one of them later than to the others.

import type { DnsServer } from '../dns/dns-server.ts';
import type { RecordSet, RecordType } from '../dns/record-set.ts';
import { contentOf, type HostedZone } from './hosted-zone.ts';
import type { Route53Dials } from './route53-dials.ts';

export class ZonePublisher {
  readonly #servers: readonly DnsServer[];
  readonly #random: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #published: readonly Map<string, HostedZone>[];

  constructor(servers: readonly DnsServer[], random: () => number) {
    this.#servers = servers;
    this.#random = random;
    this.#published = servers.map(() => new Map());
  }

  publishNow(zone: HostedZone): void {
    for (const index of this.#servers.keys()) this.#publish(index, zone);
  }

  /** `whenInSync` is called when all servers but the late one have the zone: Route 53's INSYNC is no promise about every one. */
  publishLater(zone: HostedZone, dials: Route53Dials, whenInSync: () => void): void {
    const late = Math.floor(this.#random() * this.#servers.length);
    for (const index of this.#servers.keys()) {
      const lagMs = index === late ? dials.serversLagMs : 0;
      this.#after(dials.insyncDelayMs + lagMs, () => this.#publish(index, zone));
    }
    this.#after(dials.insyncDelayMs, whenInSync);
  }

  /** One list of values per name server, in their order; what each would answer now. */
  valuesAt(name: string, type: RecordType): readonly (readonly string[])[] {
    return this.#published.map((zones) => {
      const sets = [...zones.values()].flatMap((zone): readonly RecordSet[] => contentOf(zone).records);
      return sets.find((set) => set.name === name && set.type === type)?.values ?? [];
    });
  }

  get pending(): number {
    return this.#timers.size;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** A late publication must not bring back what a newer one has replaced. */
  #publish(index: number, zone: HostedZone): void {
    const standing = this.#published[index]?.get(zone.name);
    if (zone.privateZone || (standing && standing.serial >= zone.serial)) return;
    this.#published[index]?.set(zone.name, zone);
    this.#servers[index]?.publish(contentOf(zone));
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
