// The DynamoDB inventory keeps the rules, and tells the truth when answers are lost and servers are busy.

import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, type DynamoDBClientConfig, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DynamodbInventory } from '../../src/adapters/aws/dynamodb-inventory.ts';
import { dynamodbClientSettings } from '../../src/adapters/aws/dynamodb-trouble.ts';
import { inventoryContract } from '../contracts/inventory.ts';
import { testDynamodb, testInventory } from '../support/storage.ts';

const key = { partition: 'P#p', sort: 'a' };

describe('DynamodbInventory', () => {
  inventoryContract(async () => testInventory(await testDynamodb()));

  describe('when the answer to a write is lost', () => {
    it.each([{ loss: 'cut' }, { loss: 'status 500' }] as const)('knows its own add again ($loss)', async ({ loss }) => {
      const { inventory, lose } = await lossy();
      lose('PutItem', loss);
      expect(await inventory.add(key, 'mine')).toMatchObject({ value: 'mine', version: 1 });
      expect(await inventory.find(key)).toMatchObject({ value: 'mine', version: 1 });
    });

    it.each([{ loss: 'cut' }, { loss: 'status 500' }] as const)(
      'knows its own replace again ($loss)',
      async ({ loss }) => {
        const { inventory, lose } = await lossy();
        const first = await inventory.add<string>(key, 'first');
        lose('PutItem', loss);
        expect(first && (await inventory.replace(first, 'mine'))).toMatchObject({ value: 'mine', version: 2 });
        expect(await inventory.find(key)).toMatchObject({ value: 'mine', version: 2 });
      },
    );

    it('takes nobody else for itself', async () => {
      const { inventory, lose } = await lossy();
      const first = await inventory.add<string>(key, 'of another');
      lose('PutItem', 'cut');
      expect(await inventory.add(key, 'mine')).toBeUndefined();
      lose('PutItem', 'cut');
      await expect(inventory.replace({ key, value: '', version: 7, marks: {} }, 'mine')).rejects.toMatchObject({
        name: 'item-changed',
      });
      expect(await inventory.find(key)).toEqual(first);
    });

    it('removes twice without harm', async () => {
      const { inventory, lose } = await lossy();
      await inventory.add(key, 'first');
      lose('DeleteItem', 'cut');
      await inventory.remove(key);
      expect(await inventory.find(key)).toBeUndefined();
    });
  });

  describe('when DynamoDB is busy or away', () => {
    it('puts up with a little throttling', async () => {
      const { inventory, refuse } = await lossy();
      refuse('PutItem', { times: 1, status: 400, type: 'ProvisionedThroughputExceededException' });
      expect(await inventory.add(key, 'mine')).toMatchObject({ version: 1 });
    });

    it.each([
      { what: 'throttles', status: 400, type: 'ThrottlingException' },
      { what: 'fails', status: 500, type: 'InternalServerError' },
      { what: 'is away', status: 503, type: 'ServiceUnavailable' },
    ])('gives up after its attempts when it $what', async ({ status, type }) => {
      const { inventory, refuse, count } = await lossy({ attempts: 2 });
      refuse('PutItem', { times: 99, status, type });
      await expect(inventory.add(key, 'mine')).rejects.toMatchObject({ name: 'inventory-unavailable' });
      expect(count('PutItem')).toBe(2);
      expect(await inventory.find(key)).toBeUndefined();
    });

    it('says so when nobody listens', async () => {
      const dynamodb = await testDynamodb();
      const inventory = testInventory(dynamodb);
      await dynamodb.close();
      await expect(inventory.find(key)).rejects.toMatchObject({
        name: 'inventory-unavailable',
        message: 'inventory did not read an item: ECONNREFUSED',
      });
    });

    it('gives up on a server that never answers', async () => {
      const server = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => endServer(server));
      const requestHandler = { ...dynamodbClientSettings.requestHandler, requestTimeout: 50 };
      const inventory = new DynamodbInventory({
        client: clientOf(server, { maxAttempts: 2, requestHandler }),
        table: 'any',
      });
      await expect(inventory.find(key)).rejects.toMatchObject({
        name: 'inventory-unavailable',
        message: 'inventory did not read an item: TimeoutError ETIMEDOUT',
      });
    });

    it('lets a missing table be seen as what it is', async () => {
      const { client } = await testDynamodb();
      const inventory = testInventory({ client, table: 'another' });
      await expect(inventory.find(key)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    });
  });

  it('passes over index entries whose item is gone or has moved on', async () => {
    const { inventory, freeze } = await lossy();
    const added = [];
    for (const [minute, sort] of ['a', 'b', 'c'].entries()) {
      added.push(
        await inventory.add<string>({ partition: 'P#p', sort }, sort, { due: { shelf: 's', at: new Date(minute) } }),
      );
    }
    freeze('Query');
    const dueNow = () => inventory.listMarked('due', 's', { limit: 10, order: 'oldest-first' });
    expect((await dueNow()).items).toEqual(added);

    await inventory.remove({ partition: 'P#p', sort: 'a' });
    if (added[1]) await inventory.replace(added[1], 'b, later', { due: { shelf: 's', at: new Date(9) } });
    if (added[2]) await inventory.replace(added[2], 'c, again', added[2].marks);
    expect((await dueNow()).items.map((item) => item.value)).toEqual(['c, again']);
  });

  it('says which item is not of its making', async () => {
    const dynamodb = await testDynamodb();
    const client = dynamodb.client();
    onTestFinished(() => client.destroy());
    await client.send(new PutItemCommand({ TableName: dynamodb.table, Item: { pk: { S: 'P#p' }, sk: { S: 'a' } } }));
    await expect(testInventory(dynamodb).find(key)).rejects.toThrow('item "P#p" "a" is not a record of the inventory');
  });
});

interface Lossy {
  readonly inventory: DynamodbInventory;
  /** The next request of this operation takes effect and its answer is lost. */
  readonly lose: (operation: string, loss: 'cut' | 'status 500') => void;
  /** The next requests of this operation are refused without effect. */
  readonly refuse: (operation: string, refusal: { times: number; status: number; type: string }) => void;
  /** From the next one on, all answers to this operation are the same: an index that lags behind. */
  readonly freeze: (operation: string) => void;
  readonly count: (operation: string) => number;
}

/** An inventory whose requests pass through a relay that may lose answers. */
async function lossy(options: { readonly attempts?: number } = {}): Promise<Lossy> {
  const dynamodb = await testDynamodb();
  const seen: string[] = [];
  const losses = new Map<string, 'cut' | 'status 500'>();
  const frozen = new Map<string, object | undefined>();
  const refusals = new Map<string, { times: number; status: number; type: string }>();

  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    seen.push(operation);
    const refusal = refusals.get(operation);
    if (refusal && refusal.times > 0) {
      refusal.times -= 1;
      request.resume();
      return answer(response, refusal.status, { __type: `com.amazonaws.dynamodb.v20120810#${refusal.type}` });
    }
    const loss = losses.get(operation);
    losses.delete(operation);
    const relayed = await relay(dynamodb.endpoint, request);
    if (loss === 'cut') return request.socket.destroy();
    if (loss) return answer(response, 500, { __type: 'InternalServerError' });
    if (frozen.has(operation) && frozen.get(operation) === undefined) frozen.set(operation, relayed.body);
    return answer(response, relayed.status, frozen.get(operation) ?? relayed.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => endServer(server));

  const client = clientOf(server, { maxAttempts: options.attempts ?? 4 });
  return {
    inventory: new DynamodbInventory({ client, table: dynamodb.table }),
    lose: (operation, loss) => losses.set(operation, loss),
    refuse: (operation, refusal) => refusals.set(operation, { ...refusal }),
    freeze: (operation) => frozen.set(operation, undefined),
    count: (operation) => seen.filter((name) => name === operation).length,
  };
}

function clientOf(server: Server, settings: DynamoDBClientConfig): DynamoDBClient {
  const client = new DynamoDBClient({
    ...dynamodbClientSettings,
    ...settings,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => client.destroy());
  return client;
}

async function endServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function relay(endpoint: string, request: IncomingMessage): Promise<{ status: number; body: object }> {
  const body = await text(request);
  const outgoing = httpRequest(endpoint, { method: 'POST', headers: request.headers, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, body: JSON.parse(await text(incoming)) as object };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}
