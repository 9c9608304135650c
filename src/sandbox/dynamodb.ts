// DynamoDB on one machine: dynalite over a folder, on a loopback port, with the inventory's table standing and whole.

import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import dynaliteDatabase from 'dynalite/db/index.js';
import { dynamodbClientSettings } from '../adapters/aws/dynamodb-trouble.ts';
import { inventoryTable } from '../adapters/aws/inventory-table.ts';
import { mendIndexes } from './dynamodb-repair.ts';

export interface SandboxDynamodbOptions {
  /** Where the tables live; made if missing, readable by its owner alone. One process at a time. */
  readonly folder: string;

  /** Name of the inventory's table. @default 'inventory' */
  readonly table?: string;
}

export interface SandboxDynamodb {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly table: string;

  /** A new client of this endpoint; whoever asks for it destroys it. */
  client(): DynamoDBClient;

  /** Ends connections and closes the folder; afterwards another process may have it. */
  close(): Promise<void>;
}

const START_DEADLINE_MS = 10_000;
const POLL_MS = 5;

/**
 * Answers once the table takes items. What was acknowledged before a kill -9 is there: LevelDB gives every write to the operating system
 * before it answers (not to the disk: a power cut may lose the last moments).
 */
export async function startDynamodb({ folder, table = 'inventory' }: SandboxDynamodbOptions): Promise<SandboxDynamodb> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = join(folder, 'leveldb');
  await checkDatabase(database);
  let running = await listen(database, table);
  if ((await tableState(running)) === 'half-made') {
    // the process before was killed between making the table and saying so; no item can be in it
    await running.close();
    await rm(database, { recursive: true });
    running = await listen(database, table);
  }
  try {
    await prepareTable(running);
    return running;
  } catch (error) {
    await running.close();
    throw error;
  }
}

/** dynalite itself would end the process at its first request over a database it cannot open. */
async function checkDatabase(path: string): Promise<void> {
  const { db } = dynaliteDatabase.create({ path });
  try {
    await db.open();
  } catch (cause) {
    throw new Error(`database "${path}" cannot be opened; another process may have it`, { cause });
  }
  await db.close();
}

async function listen(path: string, table: string): Promise<SandboxDynamodb> {
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  forgiveBrokenRequests(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, table, client: () => clientOf(endpoint), close: () => closeServer(server) };
}

/** dynalite throws when a client goes away in the middle of a request, which would end the whole process. */
function forgiveBrokenRequests(server: Server): void {
  server.on('request', (request, response) => {
    request.removeAllListeners('error');
    request.on('error', () => response.destroy());
  });
}

/** Any credentials do, but there must be some; given here, nothing is looked for in the environment. */
function clientOf(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    ...dynamodbClientSettings,
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  });
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
  server.closeIdleConnections();
  await closed;
}

async function tableState({ client, table }: SandboxDynamodb): Promise<'absent' | 'half-made' | 'active'> {
  const asking = client();
  try {
    const { Table } = await asking.send(new DescribeTableCommand({ TableName: table }));
    return Table?.TableStatus === 'ACTIVE' ? 'active' : 'half-made';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return 'absent';
    throw error;
  } finally {
    asking.destroy();
  }
}

async function prepareTable(running: SandboxDynamodb): Promise<void> {
  const client = running.client();
  try {
    if ((await tableState(running)) === 'active') return await mendIndexes(client, running.table);
    await client.send(new CreateTableCommand(inventoryTable(running.table)));
    const deadline = AbortSignal.timeout(START_DEADLINE_MS);
    while ((await tableState(running)) !== 'active') await pause(POLL_MS, undefined, { signal: deadline });
  } finally {
    client.destroy();
  }
}
