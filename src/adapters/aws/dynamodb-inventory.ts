// The inventory in one DynamoDB table: conditional writes on single items, consistent reads, no transactions.

import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { checkKey } from '../../domain/inventory-rules.ts';
import { Problem } from '../../domain/problem.ts';
import type { Inventory, Item, Key, Marks, Page, Range } from '../../ports/inventory.ts';
import { CALL_DEADLINE_MS, dynamodbTrouble, isConditionFailure } from './dynamodb-trouble.ts';
import { partitionRange, type RangeQuery, type RawRecord, shelfRange } from './inventory-range.ts';
import { type InventoryRecord, itemOfRecord, recordOf } from './inventory-record.ts';
import { inventoryAttributes } from './inventory-table.ts';

export interface DynamodbInventoryOptions {
  /** Made with `dynamodbClientSettings`; closed by whoever made it. */
  readonly client: DynamoDBClient;

  /** A table made by `inventoryTable`. */
  readonly table: string;

  /** Draws the name of one write; never the same twice. @default randomUUID */
  readonly drawToken?: () => string;
}

/**
 * A write whose answer was lost is sent again by the SDK and then meets its own record. Each write therefore carries a token, and a failed
 * condition is a conflict only if the record that stands is not ours. (What cannot be told any more: our write was done, its answer lost,
 * and another write came over it before the second attempt. That is reported as a conflict, and the caller reads again.)
 */
export class DynamodbInventory implements Inventory {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #drawToken: () => string;

  constructor({ client, table, drawToken = randomUUID }: DynamodbInventoryOptions) {
    this.#client = DynamoDBDocumentClient.from(client);
    this.#table = table;
    this.#drawToken = drawToken;
  }

  async find<Value>(key: Key<Value>): Promise<Item<Value> | undefined> {
    checkKey(key);
    const record = await this.#read(key);
    return record && itemOfRecord<Value>(record);
  }

  async add<Value>(key: Key<Value>, value: Value, marks: Marks = {}): Promise<Item<Value> | undefined> {
    const record = recordOf(key, value, { version: 1, token: this.#drawToken(), marks });
    const written = await this.#write(record, { ConditionExpression: 'attribute_not_exists(pk)' });
    return written ? itemOfRecord<Value>({ ...record }) : undefined;
  }

  async replace<Value>(item: Item<Value>, value: Value, marks: Marks = {}): Promise<Item<Value>> {
    const record = recordOf(item.key, value, { version: item.version + 1, token: this.#drawToken(), marks });
    const written = await this.#write(record, {
      ConditionExpression: 'v = :given',
      ExpressionAttributeValues: { ':given': item.version },
    });
    if (written) return itemOfRecord<Value>({ ...record });
    throw new Problem('item-changed', `item "${record.pk}" "${record.sk}" is not at version ${item.version}`);
  }

  async remove<Value>(key: Key<Value>): Promise<void> {
    checkKey(key);
    const command = new DeleteCommand({ TableName: this.#table, Key: rawKey(key) });
    await this.#call('remove an item', () => this.#client.send(command, deadline()));
  }

  async list<Value>(partition: string, range: Range & { readonly sortPrefix?: string }): Promise<Page<Value>> {
    const { query, cursorAfter } = partitionRange(partition, range);
    const { records, next } = await this.#page(range.limit, query, cursorAfter);
    return { items: records.map((record) => itemOfRecord<Value>(record)), next };
  }

  /**
   * The index says where to look, the table what is there: an entry whose item has moved on or is gone is passed over, and every item
   * answered is as fresh as `find` would give it. So a page may hold fewer than `limit` items and still have a next one.
   */
  async listMarked<Value>(
    index: keyof Marks,
    shelf: string,
    range: Range & { readonly until?: Date; readonly order: 'oldest-first' | 'newest-first' },
  ): Promise<Page<Value>> {
    const { query, cursorAfter } = shelfRange(index, shelf, range);
    const { records: entries, next } = await this.#page(range.limit, query, cursorAfter);
    const standing = await this.#readAll(entries);
    const names = inventoryAttributes.indexes[index];
    const records = entries.flatMap((entry) => {
      const record = standing.get(placeOf(entry));
      return record?.[names.shelf] === shelf && record[names.at] === entry[names.at] ? [record] : [];
    });
    return { items: records.map((record) => itemOfRecord<Value>(record)), next };
  }

  /** True when the record stands as we wrote it. */
  async #write(
    record: InventoryRecord,
    condition: Pick<PutCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<boolean> {
    try {
      const command = new PutCommand({ TableName: this.#table, Item: { ...record }, ...condition });
      await this.#call('write an item', () => this.#client.send(command, deadline()));
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const standing = await this.#read({ partition: record.pk, sort: record.sk });
      return standing?.w === record.w;
    }
  }

  async #read(key: Key<unknown>): Promise<RawRecord | undefined> {
    const command = new GetCommand({ TableName: this.#table, Key: rawKey(key), ConsistentRead: true });
    const answer = await this.#call('read an item', () => this.#client.send(command, deadline()));
    return answer.Item;
  }

  /** One record more than asked for tells whether there is a next page. A query ends early at 1 MB, so it may take several. */
  async #page(limit: number, query: RangeQuery['query'], cursorAfter: RangeQuery['cursorAfter']) {
    const records: RawRecord[] = [];
    let from = query.ExclusiveStartKey;
    do {
      const command = new QueryCommand({
        ...query,
        TableName: this.#table,
        Limit: limit + 1 - records.length,
        ExclusiveStartKey: from,
      });
      const answer = await this.#call('list items', () => this.#client.send(command, deadline()));
      records.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from && records.length <= limit);
    const page = records.slice(0, limit);
    const last = page.at(-1);
    return { records: page, next: last && records.length > limit ? cursorAfter(last) : undefined };
  }

  /** At most 100 entries, as one batch holds. What DynamoDB leaves unprocessed (16 MB, or throttling) is asked for again while it makes progress. */
  async #readAll(entries: readonly RawRecord[]): Promise<ReadonlyMap<string, RawRecord>> {
    const found = new Map<string, RawRecord>();
    let waiting = [...new Map(entries.map((entry) => [placeOf(entry), { pk: entry.pk, sk: entry.sk }])).values()];
    while (waiting.length > 0) {
      const command = new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: waiting, ConsistentRead: true } } });
      const answer = await this.#call('read items', () => this.#client.send(command, deadline()));
      for (const record of answer.Responses?.[this.#table] ?? []) found.set(placeOf(record), record);
      const left = (answer.UnprocessedKeys?.[this.#table]?.Keys ?? []).map(({ pk, sk }) => ({ pk, sk }));
      if (left.length >= waiting.length)
        throw new Problem('inventory-unavailable', 'inventory did not read items: all left unprocessed');
      waiting = left;
    }
    return found;
  }

  async #call<Answer>(doing: string, send: () => Promise<Answer>): Promise<Answer> {
    try {
      return await send();
    } catch (error) {
      throw dynamodbTrouble(error, doing);
    }
  }
}

function deadline(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) };
}

function rawKey(key: Key<unknown>): { readonly pk: string; readonly sk: string } {
  return { pk: key.partition, sk: key.sort };
}

function placeOf(record: RawRecord): string {
  return JSON.stringify([record.pk, record.sk]);
}
