// The sandbox's DynamoDB keeps what it acknowledged, whatever happens to its process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import database from 'dynalite/db/index.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DynamodbInventory } from '../../src/adapters/aws/dynamodb-inventory.ts';
import { testDynamodb, testFolder, testInventory } from '../support/storage.ts';

const due = { shelf: 's', at: new Date(1_000) };
const oldest = { limit: 100, order: 'oldest-first' } as const;

describe('the sandbox DynamoDB', () => {
  it('keeps items and their order over a restart', async () => {
    const folder = await testFolder();
    const before = await testDynamodb(folder);
    const added = await testInventory(before).add({ partition: 'P#p', sort: 'a' }, 'kept', { due });
    await before.close();

    const inventory = testInventory(await testDynamodb(folder));
    expect(await inventory.find({ partition: 'P#p', sort: 'a' })).toEqual(added);
    expect((await inventory.listMarked('due', 's', oldest)).items).toEqual([added]);
  });

  it('keeps every acknowledged write, findable by its mark, when it is killed in the middle of others', async () => {
    const folder = await testFolder();
    const child = await startChild(folder);
    const inventory = childInventory(child.endpoint);
    const acknowledged: string[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; ; count += 1) {
        const sort = `w${writer}-${count}`;
        await inventory.add({ partition: 'P#p', sort }, 'x'.repeat(2_000), { due });
        acknowledged.push(sort);
        if (acknowledged.length >= 60 && !child.process.killed) child.process.kill('SIGKILL');
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, (_, writer) => write(writer)));
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);

    const restarted = testInventory(await testDynamodb(folder));
    const kept = await restarted.list('P#p', { limit: 100 });
    const marked = await restarted.listMarked('due', 's', oldest);
    expect(kept.items.map((item) => item.key.sort)).toEqual(expect.arrayContaining(acknowledged));
    const sorts = (items: typeof kept.items) => items.map((item) => item.key.sort).toSorted();
    expect(sorts(marked.items)).toEqual(sorts(kept.items));
  });

  it('finds an item again whose index entry a kill took away', async () => {
    const folder = await testFolder();
    const before = await testDynamodb(folder);
    for (const sort of ['a', 'b'])
      await testInventory(before).add({ partition: 'P#p', sort }, sort, { due, listed: due });
    await before.close();
    const { db } = database.create({ path: join(folder, 'leveldb') });
    for await (const key of db.keys()) if (key.startsWith('index-')) await db.del(key);
    await db.close();

    const inventory = testInventory(await testDynamodb(folder));
    expect((await inventory.listMarked('due', 's', oldest)).items).toHaveLength(2);
    expect((await inventory.listMarked('listed', 's', oldest)).items).toHaveLength(2);
    expect((await inventory.find({ partition: 'P#p', sort: 'a' }))?.version).toBe(1);
  });

  it('begins anew when it was killed while it made its table', async () => {
    const folder = await testFolder();
    await (await testDynamodb(folder)).close();
    const { db } = database.create({ path: join(folder, 'leveldb') });
    await db.put('table~inventory', { ...(await db.get('table~inventory')), TableStatus: 'CREATING' });
    await db.close();

    const inventory = testInventory(await testDynamodb(folder));
    expect(await inventory.add({ partition: 'P#p', sort: 'a' }, 'first')).toBeDefined();
  });

  it('says that another has the folder, and leaves it to the other', async () => {
    const folder = await testFolder();
    const inventory = testInventory(await testDynamodb(folder));
    await expect(testDynamodb(folder)).rejects.toThrow(/leveldb" cannot be opened; another process may have it$/);
    expect(await inventory.add({ partition: 'P#p', sort: 'a' }, 'still here')).toBeDefined();
  });

  it('goes on when a client goes away in the middle of a request', async () => {
    const dynamodb = await testDynamodb();
    const { port } = new URL(dynamodb.endpoint);
    const head =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 100\r\n\r\n';
    for (const sent of [head, `${head}{"a":`, `${head}${'x'.repeat(100)}`]) {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(sent);
      socket.destroy();
      await once(socket, 'close');
    }
    expect(await testInventory(dynamodb).add({ partition: 'P#p', sort: 'a' }, 'still here')).toBeDefined();
  });

  it('listens on loopback, in a folder for its owner alone', async () => {
    const folder = join(await testFolder(), 'made');
    const dynamodb = await testDynamodb(folder);
    expect(dynamodb.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('closes while a client keeps its connection, and twice', async () => {
    const dynamodb = await testDynamodb();
    await testInventory(dynamodb).find({ partition: 'P#p', sort: 'a' });
    await Promise.all([dynamodb.close(), dynamodb.close()]);
  });
});

async function startChild(folder: string): Promise<{ readonly process: ChildProcess; readonly endpoint: string }> {
  const program = new URL('../../src/sandbox/dynamodb.ts', import.meta.url).href;
  const code = `const { startDynamodb } = await import(${JSON.stringify(program)});
    console.log((await startDynamodb({ folder: ${JSON.stringify(folder)} })).endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, endpoint: line.toString().trim() };
}

/** Gives up at the first refusal: what is not acknowledged is not waited for. */
function childInventory(endpoint: string): DynamodbInventory {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return new DynamodbInventory({ client, table: 'inventory' });
}
