// Makes dynalite's indexes hold every item that carries a mark, after a kill in the middle of a write.

import { BatchWriteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { inventoryAttributes } from '../adapters/aws/inventory-table.ts';

/** Items one BatchWriteItem takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;

/**
 * dynalite writes an item's index entries and the item one after the other (`putItem.js`: old entries away, new entries, item). Killed in
 * between, an item may stand without its entry and would never be due again. Putting each marked item as it is brings the
 * entry back. An entry without its item may remain; readers of an index look at the item itself. To be run before anyone else writes.
 */
export async function mendIndexes(client: DynamoDBClient, table: string): Promise<void> {
  const { due, listed } = inventoryAttributes.indexes;
  let from: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: `attribute_exists(${due.shelf}) OR attribute_exists(${listed.shelf})`,
        Limit: BATCH,
        ExclusiveStartKey: from,
      }),
    );
    const puts = (page.Items ?? []).map((Item) => ({ PutRequest: { Item } }));
    if (puts.length > 0) await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    from = page.LastEvaluatedKey;
  } while (from);
}
