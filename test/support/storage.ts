// Folders and a DynamoDB for one test, gone when the test ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DynamodbInventory } from '../../src/adapters/aws/dynamodb-inventory.ts';
import { type SandboxDynamodb, startDynamodb } from '../../src/sandbox/dynamodb.ts';

/** An empty folder of the test's own. To be called before what lives in it is opened: things end in the reverse order. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-certs-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function testDynamodb(folder?: string): Promise<SandboxDynamodb> {
  const dynamodb = await startDynamodb({ folder: folder ?? (await testFolder()) });
  onTestFinished(() => dynamodb.close());
  return dynamodb;
}

/** Over an endpoint of the test's own choice, for instance a relay in between. */
export function testInventory(dynamodb: Pick<SandboxDynamodb, 'client' | 'table'>): DynamodbInventory {
  const client = dynamodb.client();
  onTestFinished(() => client.destroy());
  return new DynamodbInventory({ client, table: dynamodb.table });
}
