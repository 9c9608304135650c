// The DNS zones this service may write to.

/** One value of a TXT record set. `name` is a DNS name without final dot; `value` is the text, unquoted. */
export interface TxtRecord {
  readonly name: string;
  readonly value: string;
}

export type AddressType = 'A' | 'AAAA';

/** A whole A or AAAA record set: all its values, in any order. */
export interface AddressRecord {
  readonly name: string;
  readonly type: AddressType;
  readonly values: readonly string[];
}

/**
 * Rules every adapter keeps; test/contracts/zones.ts checks each of them:
 *
 * 1. `findZone` answers with the longest zone that is the name itself or a parent of it, or undefined.
 * 2. `add` is idempotent: adding the same record twice leaves one value.
 * 3. `add` keeps the other values at the name ("example.com" and "*.example.com" are proven at the same name, at the
 *    same time), also those that another writer adds or removes at the same moment.
 * 4. `add` resolves when the change is accepted; `isVisible` is true once every authoritative server of the zone
 *    answers with the value, and is never answered from a cache.
 * 5. `remove` takes away one value and resolves when there is nothing to take away; it waits for nothing else.
 * 6. A name that no zone covers is a `no-zone-for-name` problem in `add`, `remove` and `isVisible`.
 * 7. `follow` answers with the name at which a TXT record must stand so that a look-up of `name` finds it: the name itself, or the
 *    end of its chain of aliases (CNAME; RFC 1034, 3.6.2). In our zones it reads what they hold now, elsewhere what public DNS
 *    says; the alias of a wildcard counts where the name does not exist (RFC 4592). What lies below a cut of our zone (NS) is elsewhere.
 * 8. `follow` fails with `delegation-broken` where aliases go in circles or more than 8 follow one another, with `no-zone-for-name` where
 *    the chain ends outside our zones (it names the chain, and the record to set), with `dns-unreachable` when nobody answers.
 * 9. What one caller adds or removes is never lost, refused or held up by what another asks for at the same moment, also where the adapter
 *    sends both to the zone together.
 */
export interface Zones {
  findZone(name: string): Promise<string | undefined>;
  follow(name: string): Promise<string>;
  add(record: TxtRecord): Promise<void>;
  remove(record: TxtRecord): Promise<void>;
  isVisible(record: TxtRecord): Promise<boolean>;
}

/**
 * Address records of server hostnames. Rules:
 *
 * 1. `findAddress` answers with the record set as the zone holds it now, or undefined when there is none.
 * 2. `replaceAddress` writes only if what stands there equals `expected` (undefined = nothing stands there);
 *    anything else is a `record-conflict` problem naming what was seen. Values are compared as sets.
 * 3. `replaceAddress` with `wanted` already in place resolves without a write.
 * 4. A CNAME at the name is a `record-conflict`, never overwritten.
 * 5. `addressIsVisible` is true once every authoritative server answers with exactly these values.
 * 6. A name that no zone covers is a `no-zone-for-name` problem.
 */
export interface Addresses {
  findAddress(name: string, type: AddressType): Promise<AddressRecord | undefined>;
  replaceAddress(wanted: AddressRecord, expected: AddressRecord | undefined): Promise<void>;
  addressIsVisible(record: AddressRecord): Promise<boolean>;
}
