// The CA's memory: every record by its id, read from the folder at the start, and on disk before it is told to anybody.

import { join } from 'node:path';
import { CaJournal, readJournal } from './ca-journal.ts';
import type { AccountRecord, AuthorizationRecord, CaRecord, CertificateRecord, OrderRecord } from './ca-records.ts';

const FILE_NAME = 'records.jsonl';

/** Changes are seen by everyone in the process at once; whoever answers a client waits for `kept` first. */
export class CaStore {
  readonly #journal: CaJournal;
  readonly #records: RecordMaps;
  readonly #accountByThumbprint = new Map<string, string>();

  private constructor(journal: CaJournal, records: RecordMaps) {
    this.#journal = journal;
    this.#records = records;
    for (const account of records.account.values()) this.#accountByThumbprint.set(account.thumbprint, account.id);
  }

  static async open(folder: string): Promise<CaStore> {
    const records = emptyMaps();
    const changes = (await readJournal(join(folder, FILE_NAME))) as readonly (readonly CaRecord[])[];
    for (const change of changes) for (const record of change) put(records, record);
    const everything = Object.values(records).flatMap((map) => [...map.values()] as CaRecord[]);
    const lines = everything.map((record) => [record]);
    return new CaStore(await CaJournal.begin(folder, FILE_NAME, lines), records);
  }

  /** Puts these records together: after a crash all of them are there or none. */
  keep(...change: readonly CaRecord[]): void {
    for (const record of change) {
      put(this.#records, record);
      if (record.kind === 'account') this.#accountByThumbprint.set(record.thumbprint, record.id);
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
    const id = this.#accountByThumbprint.get(thumbprint);
    return id === undefined ? undefined : this.findAccount(id);
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

  /** Those of an order; every id of an order is kept in the same change as the order or before it. */
  authorizationsOf(order: OrderRecord): readonly AuthorizationRecord[] {
    return order.authorizationIds.flatMap((id) => this.findAuthorization(id) ?? []);
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

interface RecordMaps {
  readonly account: Map<string, AccountRecord>;
  readonly authorization: Map<string, AuthorizationRecord>;
  readonly order: Map<string, OrderRecord>;
  readonly certificate: Map<string, CertificateRecord>;
}

function emptyMaps(): RecordMaps {
  return { account: new Map(), authorization: new Map(), order: new Map(), certificate: new Map() };
}

function put(records: RecordMaps, record: CaRecord): void {
  switch (record.kind) {
    case 'account':
      records.account.set(record.id, record);
      return;
    case 'authorization':
      records.authorization.set(record.id, record);
      return;
    case 'order':
      records.order.set(record.id, record);
      return;
    case 'certificate':
      records.certificate.set(record.id, record);
      return;
  }
}
