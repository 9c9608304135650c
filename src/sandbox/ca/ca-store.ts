// The CA's memory: every record by its id, read from the folder at the start, and on disk before it is told to anybody.

import { join } from 'node:path';
import { CaIndexes } from './ca-indexes.ts';
import { CaJournal, readJournal } from './ca-journal.ts';
import type {
  AccountRecord,
  AuthorizationRecord,
  BucketRecord,
  CaRecord,
  CertificateRecord,
  OrderRecord,
} from './ca-records.ts';

const FILE_NAME = 'records.jsonl';

/** Changes are seen by everyone in the process at once; whoever answers a client waits for `kept` first. */
export class CaStore {
  readonly #journal: CaJournal;
  readonly #records: RecordMaps;
  readonly #indexes = new CaIndexes();

  private constructor(journal: CaJournal, records: RecordMaps) {
    this.#journal = journal;
    this.#records = records;
    for (const record of allOf(records)) this.#indexes.note(record, undefined);
  }

  static async open(folder: string): Promise<CaStore> {
    const records = emptyMaps();
    const changes = (await readJournal(join(folder, FILE_NAME))) as readonly (readonly CaRecord[])[];
    for (const change of changes) for (const record of change) mapOf(records, record.kind).set(record.id, record);
    const lines = allOf(records).map((record) => [record]);
    return new CaStore(await CaJournal.begin(folder, FILE_NAME, lines), records);
  }

  /** Puts these records together: after a crash all of them are there or none. */
  keep(...change: readonly CaRecord[]): void {
    for (const record of change) {
      const map = mapOf(this.#records, record.kind);
      this.#indexes.note(record, map.get(record.id));
      map.set(record.id, record);
    }
    this.#journal.add(change);
  }

  /** Resolves when every change so far is on disk. */
  kept(): Promise<void> {
    return this.#journal.kept();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  findAccount(id: string): AccountRecord | undefined {
    return this.#records.account.get(id);
  }

  findAccountByThumbprint(thumbprint: string): AccountRecord | undefined {
    return this.findAccount(this.#indexes.accountWithThumbprint(thumbprint) ?? '');
  }

  findOrder(id: string): OrderRecord | undefined {
    return this.#records.order.get(id);
  }

  findAuthorization(id: string): AuthorizationRecord | undefined {
    return this.#records.authorization.get(id);
  }

  findCertificate(id: string): CertificateRecord | undefined {
    return this.#records.certificate.get(id);
  }

  /** `serial` is lower hex. */
  findCertificateBySerial(serial: string): CertificateRecord | undefined {
    return this.findCertificate(this.#indexes.certificateWithSerial(serial) ?? '');
  }

  /** Those of an order; every id of an order is kept in the same change as the order or before it. */
  authorizationsOf(order: OrderRecord): readonly AuthorizationRecord[] {
    return order.authorizationIds.flatMap((id) => this.findAuthorization(id) ?? []);
  }

  /** Proven for the account and not given up since; some of them may have lapsed. Oldest first. */
  authorizationsFor(accountId: string, name: string, wildcard: boolean): readonly AuthorizationRecord[] {
    return [...this.#indexes.provenFor(accountId, name, wildcard)].flatMap((id) => this.findAuthorization(id) ?? []);
  }

  /** In the order they were placed. */
  ordersOf(accountId: string): readonly OrderRecord[] {
    return [...this.#indexes.ordersOf(accountId)].flatMap((id) => this.findOrder(id) ?? []);
  }

  /** Those that say they replace the leaf with that `ariCertId` (RFC 9773, 5). */
  ordersReplacing(ariCertId: string): readonly OrderRecord[] {
    return [...this.#indexes.ordersReplacing(ariCertId)].flatMap((id) => this.findOrder(id) ?? []);
  }

  /** The last one for exactly these names that has a certificate, whoever placed it. */
  lastIssuedFor(names: readonly string[]): OrderRecord | undefined {
    return this.findOrder(this.#indexes.lastIssuedFor(names) ?? '');
  }

  findBucket(id: string): BucketRecord | undefined {
    return this.#records.bucket.get(id);
  }

  accounts(): Iterable<AccountRecord> {
    return this.#records.account.values();
  }

  orders(): Iterable<OrderRecord> {
    return this.#records.order.values();
  }

  authorizations(): Iterable<AuthorizationRecord> {
    return this.#records.authorization.values();
  }

  certificates(): Iterable<CertificateRecord> {
    return this.#records.certificate.values();
  }
}

type RecordMaps = {
  readonly [Kind in CaRecord['kind']]: Map<string, Extract<CaRecord, { readonly kind: Kind }>>;
};

function emptyMaps(): RecordMaps {
  return { account: new Map(), authorization: new Map(), order: new Map(), certificate: new Map(), bucket: new Map() };
}

/** Every record is put where its own kind is kept. */
function mapOf(records: RecordMaps, kind: CaRecord['kind']): Map<string, CaRecord> {
  return records[kind] as Map<string, CaRecord>;
}

function allOf(records: RecordMaps): readonly CaRecord[] {
  return Object.values(records).flatMap((map): CaRecord[] => [...map.values()]);
}
