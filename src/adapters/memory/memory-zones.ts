// Zones held in memory, for tests of what is built on them.

import { sameAddresses } from '../../domain/address-values.ts';
import { type AliasChain, endOf, endsElsewhere, extendChain, type ZoneCut } from '../../domain/delegation.ts';
import { isWithin, longestZone } from '../../domain/dns-name.ts';
import { Problem } from '../../domain/problem.ts';
import type { Addresses, AddressRecord, AddressType, TxtRecord, Zones } from '../../ports/zones.ts';

export interface MemoryZonesOptions {
  /** Whether the name servers answer with what was accepted; asked each time. @default - always */
  readonly published?: () => boolean;
  /** The alias public DNS has at a name outside these zones. @default - none */
  readonly findAlias?: (name: string) => Promise<string | undefined>;
  /** Where customers delegate their challenges to; problems name it. @default - problems speak of a name in a zone of ours */
  readonly delegationZone?: string;
}

export class MemoryZones implements Zones, Addresses {
  readonly #zones = new Set<string>();
  readonly #sets = new Map<string, readonly string[]>();
  readonly #published: () => boolean;
  readonly #options: MemoryZonesOptions;

  constructor(zones: readonly string[], options: MemoryZonesOptions = {}) {
    for (const zone of zones) this.#zones.add(zone);
    this.#options = options;
    this.#published = options.published ?? (() => true);
  }

  /** A zone somebody delegates to us later. */
  addZone(zone: string): void {
    this.#zones.add(zone);
  }

  /** Puts a record set there as somebody else would have; without values it is taken away. */
  put(name: string, type: AddressType | 'TXT' | 'CNAME' | 'NS', values: readonly string[]): void {
    this.#sets.set(key(name, type), [...values]);
  }

  /** What stands at the name, sorted. */
  valuesAt(name: string, type: AddressType | 'TXT' | 'CNAME' | 'NS'): readonly string[] {
    return [...(this.#sets.get(key(name, type)) ?? [])].sort();
  }

  async findZone(name: string): Promise<string | undefined> {
    return longestZone(name, [...this.#zones]);
  }

  async follow(name: string): Promise<string> {
    for (let chain: AliasChain = [name]; ; ) {
      const at = endOf(chain);
      const zone = longestZone(at, [...this.#zones]);
      const cut = zone === undefined ? undefined : this.#cutAbove(at, zone);
      const isOurs = zone !== undefined && cut === undefined;
      const alias = isOurs ? this.#aliasAt(at, zone) : await this.#options.findAlias?.(at);
      if (alias !== undefined) chain = extendChain(chain, alias);
      else if (isOurs) return at;
      else throw endsElsewhere(chain, this.#options.delegationZone, cut);
    }
  }

  async add({ name, value }: TxtRecord): Promise<void> {
    this.#demandZone(name);
    this.#demandNoAlias(name);
    const standing = this.valuesAt(name, 'TXT');
    if (!standing.includes(value)) this.put(name, 'TXT', [...standing, value]);
  }

  async remove({ name, value }: TxtRecord): Promise<void> {
    this.#demandZone(name);
    this.put(
      name,
      'TXT',
      this.valuesAt(name, 'TXT').filter((other) => other !== value),
    );
  }

  async isVisible({ name, value }: TxtRecord): Promise<boolean> {
    this.#demandZone(name);
    return this.#published() && this.valuesAt(name, 'TXT').includes(value);
  }

  async findAddress(name: string, type: AddressType): Promise<AddressRecord | undefined> {
    this.#demandZone(name);
    const values = this.valuesAt(name, type);
    return values.length > 0 ? { name, type, values } : undefined;
  }

  async replaceAddress(wanted: AddressRecord, expected: AddressRecord | undefined): Promise<void> {
    const { name, type } = wanted;
    this.#demandZone(name);
    this.#demandNoAlias(name);
    const seen = this.valuesAt(name, type);
    if (sameAddresses(seen, wanted.values)) return;
    if (!sameAddresses(seen, expected?.values ?? [])) {
      throw new Problem('record-conflict', `"${name}" ${type} holds ${seen.join(', ') || 'nothing'}; left as it is`);
    }
    this.put(name, type, wanted.values);
  }

  async addressIsVisible({ name, type, values }: AddressRecord): Promise<boolean> {
    this.#demandZone(name);
    return this.#published() && sameAddresses(this.valuesAt(name, type), values);
  }

  #cutAbove(name: string, zone: string): ZoneCut | undefined {
    for (let at = name; at !== zone; at = above(at)) if (this.valuesAt(at, 'NS').length > 0) return { at };
    return undefined;
  }

  /** The wildcard below the closest name above that exists stands in for a name that does not (RFC 4592, 3.3.1). */
  #aliasAt(name: string, zone: string): string | undefined {
    if (name === zone || this.#exists(name)) return this.valuesAt(name, 'CNAME')[0];
    let encloser = above(name);
    while (encloser !== zone && !this.#exists(encloser)) encloser = above(encloser);
    return this.valuesAt(`*.${encloser}`, 'CNAME')[0];
  }

  #exists(name: string): boolean {
    return [...this.#sets].some(([id, values]) => values.length > 0 && isWithin(id.split(' ', 1)[0] ?? '', name));
  }

  #demandZone(name: string): void {
    if (longestZone(name, [...this.#zones]) !== undefined) return;
    const known = [...this.#zones].sort().join(', ') || 'none';
    throw new Problem('no-zone-for-name', `no zone covers "${name}"; known zones: ${known}`);
  }

  #demandNoAlias(name: string): void {
    const [target] = this.valuesAt(name, 'CNAME');
    if (target === undefined) return;
    throw new Problem('record-conflict', `"${name}" is an alias of "${target}"; left as it is`);
  }
}

function key(name: string, type: string): string {
  return `${name} ${type}`;
}

function above(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}
