// Ways to a record of the CA that do not read all the others: kept up to date with every change, made again from disk at the start.

import { type AuthorizationRecord, type CaRecord, nameSetOf, type OrderRecord } from './ca-records.ts';

export class CaIndexes {
  readonly #accountByThumbprint = new Map<string, string>();
  readonly #certificateBySerial = new Map<string, string>();
  readonly #provenByName = new Map<string, Set<string>>();
  readonly #ordersByAccount = new Map<string, Set<string>>();
  readonly #ordersByReplaced = new Map<string, Set<string>>();
  readonly #issuedByNameSet = new Map<string, string>();

  /** `before` is the same record as it was, undefined if it is new. */
  note(record: CaRecord, before: CaRecord | undefined): void {
    switch (record.kind) {
      case 'account':
        // An account may change its key; the old one is then nobody's.
        if (before?.kind === 'account') this.#accountByThumbprint.delete(before.thumbprint);
        this.#accountByThumbprint.set(record.thumbprint, record.id);
        return;
      case 'authorization':
        this.#noteProof(record);
        return;
      case 'order':
        this.#noteOrder(record);
        return;
      case 'certificate':
        this.#certificateBySerial.set(record.serial, record.id);
        return;
      case 'bucket':
        return;
    }
  }

  accountWithThumbprint(thumbprint: string): string | undefined {
    return this.#accountByThumbprint.get(thumbprint);
  }

  /** Lower hex. */
  certificateWithSerial(serial: string): string | undefined {
    return this.#certificateBySerial.get(serial);
  }

  /** Ids of authorizations that were proven and not given up since, oldest first; whether they have lapsed is not looked at. */
  provenFor(accountId: string, name: string, wildcard: boolean): Iterable<string> {
    return this.#provenByName.get(proofKey({ accountId, name, wildcard })) ?? [];
  }

  /** Ids in the order they were placed. */
  ordersOf(accountId: string): Iterable<string> {
    return this.#ordersByAccount.get(accountId) ?? [];
  }

  /** Ids of the orders whose `replaces` is that `ariCertId`. */
  ordersReplacing(ariCertId: string): Iterable<string> {
    return this.#ordersByReplaced.get(ariCertId) ?? [];
  }

  /** Id of the last order for exactly these names that has a certificate. */
  lastIssuedFor(names: readonly string[]): string | undefined {
    return this.#issuedByNameSet.get(nameSetOf(names));
  }

  #noteOrder(record: OrderRecord): void {
    addTo(this.#ordersByAccount, record.accountId, record.id);
    if (record.replaces !== undefined) addTo(this.#ordersByReplaced, record.replaces, record.id);
    if (record.certificateId !== undefined) this.#issuedByNameSet.set(nameSetOf(record.names), record.id);
  }

  #noteProof(record: AuthorizationRecord): void {
    const key = proofKey(record);
    if (record.status === 'valid') addTo(this.#provenByName, key, record.id);
    else this.#provenByName.get(key)?.delete(record.id);
  }
}

function proofKey({ accountId, name, wildcard }: Pick<AuthorizationRecord, 'accountId' | 'name' | 'wildcard'>): string {
  return `${accountId} ${wildcard ? '*.' : ''}${name}`;
}

function addTo(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, new Set([id]));
  else ids.add(id);
}
