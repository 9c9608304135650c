// All hosted zones of the sandbox's account: found by id, changed one batch at a time, never half.

import { applyBatch, type BatchOutcome, type Change } from './change-batch.ts';
import {
  compareRecords,
  compareText,
  type HostedRecordSet,
  type HostedZone,
  listingKey,
  newHostedZone,
} from './hosted-zone.ts';
import type { ZoneFiles } from './zone-files.ts';

/** How many change ids a zone remembers for GetChange. */
const CHANGES_REMEMBERED = 200;

export interface ZoneRegistryOptions {
  readonly files: ZoneFiles;
  /** Host names, for the NS set of new zones. */
  readonly nameServers: readonly string[];
  readonly random: () => number;
}

export class ZoneRegistry {
  readonly #files: ZoneFiles;
  readonly #nameServers: readonly string[];
  readonly #random: () => number;
  readonly #zones = new Map<string, HostedZone>();

  constructor({ files, nameServers, random }: ZoneRegistryOptions) {
    this.#files = files;
    this.#nameServers = nameServers;
    this.#random = random;
    for (const zone of files.read()) this.#zones.set(zone.id, zone);
  }

  /** The zone of this name, made when it is not there yet. */
  open(name: string, privateZone = false): HostedZone {
    const fresh = newHostedZone(name, this.#nameServers, privateZone);
    return this.#zones.get(fresh.id) ?? this.#keep(fresh);
  }

  find(id: string): HostedZone | undefined {
    return this.#zones.get(id);
  }

  /** By name from the right, then by id, as ListHostedZonesByName shows them. */
  list(): readonly HostedZone[] {
    return [...this.#zones.values()].sort(
      (a, b) => compareText(listingKey(a.name), listingKey(b.name)) || compareText(a.id, b.id),
    );
  }

  /** Whether the change id was given out by this account. */
  knowsChange(changeId: string): boolean {
    return [...this.#zones.values()].some((zone) => zone.changeIds.includes(changeId));
  }

  /** The changed zone and the id of the change, or what Route 53 has against it. */
  change(
    zone: HostedZone,
    changes: readonly Change[],
  ): { zone: HostedZone; changeId: string } | Extract<BatchOutcome, { accepted: false }> {
    const outcome = applyBatch(zone, changes);
    if (!outcome.accepted) return outcome;
    const changeId = this.#newChangeId();
    const changeIds = [...zone.changeIds, changeId].slice(-CHANGES_REMEMBERED);
    return { zone: this.#keep({ ...zone, serial: zone.serial + 1, records: outcome.records, changeIds }), changeId };
  }

  /** Puts a set there as somebody else would have, also of a kind the API of the sandbox does not take. */
  put(zone: HostedZone, set: HostedRecordSet): HostedZone {
    const same = (other: HostedRecordSet) =>
      other.name === set.name && other.type === set.type && other.setIdentifier === set.setIdentifier;
    const records = [...zone.records.filter((other) => !same(other)), ...(isEmpty(set) ? [] : [set])];
    return this.#keep({ ...zone, serial: zone.serial + 1, records: records.sort(compareRecords) });
  }

  #keep(zone: HostedZone): HostedZone {
    this.#files.write(zone);
    this.#zones.set(zone.id, zone);
    return zone;
  }

  #newChangeId(): string {
    const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const drawn = Array.from({ length: 20 }, () => letters.charAt(Math.floor(this.#random() * letters.length)));
    return `C${drawn.join('')}`;
  }
}

function isEmpty(set: HostedRecordSet): boolean {
  return set.values.length === 0 && set.aliasTarget === undefined;
}
