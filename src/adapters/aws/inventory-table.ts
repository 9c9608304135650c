// The inventory's table as DynamoDB has it: one definition for the sandbox and for the stack we deploy.

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** Names of the attributes; all keys are text, so that every index sorts as text. */
export const inventoryAttributes = {
  partition: 'pk',
  sort: 'sk',
  indexes: {
    due: { shelf: 'duePk', at: 'dueAt' },
    listed: { shelf: 'listedPk', at: 'listedAt' },
  },
} as const;

/**
 * The whole table but its name. The two indexes are sparse: an item without the attributes is not in them. They hold keys alone; items are
 * read from the table, where the read is consistent, and a long value is not written three times.
 */
export function inventoryTable(tableName: string): CreateTableCommandInput {
  const { partition, sort, indexes } = inventoryAttributes;
  const names = [partition, sort, indexes.due.shelf, indexes.due.at, indexes.listed.shelf, indexes.listed.at];
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keySchema(partition, sort),
    GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, { shelf, at }]) => ({
      IndexName,
      KeySchema: keySchema(shelf, at),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
  };
}

function keySchema(hash: string, range: string): NonNullable<CreateTableCommandInput['KeySchema']> {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
}
