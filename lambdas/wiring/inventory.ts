// The inventory's table.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamodbInventory } from '../../src/adapters/aws/dynamodb-inventory.ts';
import { dynamodbClientSettings } from '../../src/adapters/aws/dynamodb-trouble.ts';
import { setting } from '../settings.ts';

export function inventory(): DynamodbInventory {
  return new DynamodbInventory({
    client: new DynamoDBClient(dynamodbClientSettings),
    table: setting('inventoryTable'),
  });
}
