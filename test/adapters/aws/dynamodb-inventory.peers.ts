// DynamodbInventory keeps the rules of the inventory over moto's DynamoDB, a second one that we have not written.

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, onTestFinished } from 'vitest';
import { DynamodbInventory } from '../../../src/adapters/aws/dynamodb-inventory.ts';
import { dynamodbClientSettings } from '../../../src/adapters/aws/dynamodb-trouble.ts';
import { inventoryTable } from '../../../src/adapters/aws/inventory-table.ts';
import { inventoryContract } from '../../contracts/inventory.ts';
import { useMoto } from '../../support/moto.ts';

const moto = useMoto();

describe('DynamodbInventory', () => {
  inventoryContract(async () => {
    const client = new DynamoDBClient({ ...dynamodbClientSettings, ...moto.connection() });
    onTestFinished(() => client.destroy());
    await client.send(new CreateTableCommand(inventoryTable('inventory')));
    return new DynamodbInventory({ client, table: 'inventory' });
  });
});
