// The whole service as it is deployed, each function a process of its own, over moto, the local engine, Pebble and the sandbox's server.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { DurableExecutionClient } from '@aws/durable-execution-sdk-js';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { onTestFinished } from 'vitest';
import { type FunctionName, stepFunctions, workflowFunctions } from '../../cdk/functions.ts';
import { liveFunction, secretNames, settings } from '../../lambdas/settings.ts';
import type { Stage } from '../../lambdas/wiring/stage.ts';
import { inventoryTable } from '../../src/adapters/aws/inventory-table.ts';
import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { DnsServer } from '../../src/sandbox/dns/dns-server.ts';
import { isRecordType, plainName } from '../../src/sandbox/dns/record-set.ts';
import { LocalEngine } from '../../src/sandbox/engine/local-engine.ts';
import { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import { makeSshKeys } from '../../src/sandbox/ucx/ssh-host-key.ts';
import { openAwsGate } from './aws-gate.ts';
import { type BundleProcess, type Bundles, functionNames, makeBundles, openBundle } from './bundles.ts';
import type { FakeInternet } from './fake-internet.ts';
import { makeRoot } from './leaves.ts';
import type { Moto } from './moto.ts';
import { MotoRoute53 } from './moto-route53.ts';
import { type Pebble, startPebble } from './pebble.ts';

export const SERVER = {
  zone: 'northwind.test',
  hostname: 'pbx.northwind.test',
  /** Public as far as anybody can tell; the fake internet leads it to this machine. */
  publicIp: '11.0.0.10',
  sitePort: 21_326,
} as const;

const CA = { name: 'ca.internet.test', address: '11.0.0.14', port: 14_000 } as const;
const NAME_SERVER_ADDRESS = '11.0.0.53';
const PREFIX = 'ucx-certs-example';
const BUCKET = 'ucx-certs-example-vault';
const TABLE = 'ucx-certs-example-inventory';

export interface BundledService {
  readonly invoke: (name: FunctionName, event: unknown) => Promise<unknown>;
  readonly engine: LocalEngine;
  readonly ucx: SandboxUcx;
  readonly pebble: Pebble;
  readonly route53: MotoRoute53;
  /** What functions wrote, all of them. */
  readonly log: () => string;
  /** Functions that were called. */
  readonly called: () => readonly FunctionName[];
  /** Requests to AWS that nobody took. */
  readonly refused: readonly string[];
}

/** Ended with the test. */
export async function startBundledService(moto: Moto): Promise<BundledService> {
  const folder = await mkdtemp(join(tmpdir(), 'bundled-service-'));
  const atEnd: (() => Promise<unknown> | unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const end of atEnd.reverse()) await end();
  });

  const route53 = await MotoRoute53.start(moto, [SERVER.zone]);
  const dns = await DnsServer.start();
  atEnd.push(() => dns.close());
  const publish = () => publishZones(moto, dns);
  const nameServers = await publish();

  const pebble = await startPebble({ dnsServer: `${dns.address}:${dns.port}`, nonceRejectPercent: 5 });
  atEnd.push(() => pebble.close());
  const front = await openCaFront(pebble);
  atEnd.push(front.close);

  const keys = makeSshKeys();
  const ucx = await SandboxUcx.start({
    folder: join(folder, 'ucx'),
    hostname: SERVER.hostname,
    authorizedKey: keys.public,
    outsidePort: 0,
    profile: { sshPort: 22 },
  });
  atEnd.push(() => ucx.close());
  await fillAws(moto, keys.private);

  const { id: _, ...profile } = ucx.profile;
  const stage: Stage = {
    addedRoots: [pebble.issuingRootPem],
    partners: { emetrotel: { grants: [SERVER.zone] } },
    authorities: {
      pebble: {
        directoryUrl: `https://${CA.name}:${CA.port}/dir`,
        roots: [front.rootPem],
        externalAccount: false,
      },
    },
    defaultAuthority: 'pebble',
    mail: { address: 'certificates@emetrotel.test', name: 'E-MetroTel certificates' },
    opsAddresses: ['ops@emetrotel.test'],
    profiles: { 'ucx-ssh': profile },
  };
  const bundles = makeBundles(stage);
  const internet: FakeInternet = {
    dnsPort: dns.port,
    names: { [CA.name]: CA.address, ...Object.fromEntries(nameServers.map((name) => [name, NAME_SERVER_ADDRESS])) },
    services: {
      [`${CA.address}:${CA.port}`]: front.port,
      [`${SERVER.publicIp}:22`]: ucx.sshPort,
      [`${SERVER.publicIp}:${SERVER.sitePort}`]: ucx.outsidePort,
    },
  };
  let engine: LocalEngine | undefined;
  let client: DurableExecutionClient | undefined;
  const gate = await openAwsGate({
    moto: moto.connection().endpoint,
    route53: route53.endpoint,
    onRecords: async () => void (await publish()),
    engine: () => engine ?? missing('engine'),
    client: () => client ?? missing('client'),
    prefix: PREFIX,
  });
  atEnd.push(gate.close);
  const processes = new Processes(bundles, gate.endpoint, internet);
  atEnd.push(() => processes.close());
  const steps = Object.keys(stepFunctions) as FunctionName[];
  engine = await LocalEngine.open({
    folder: join(folder, 'engine'),
    functions: Object.fromEntries(
      steps.map((name) => [liveFunction(PREFIX, name), (payload: unknown) => processes.invoke(name, payload)]),
    ),
    workflows: Object.fromEntries(Object.keys(workflowFunctions).map((name) => [name, () => missing('own code')])),
    wrap: (name, _code, service) => {
      client = service;
      return (event) => processes.invoke(name as FunctionName, event) as never;
    },
  });
  const running = engine;
  atEnd.push(() => running.close());
  return {
    invoke: (name, event) => processes.invoke(name, event),
    engine: running,
    ucx,
    pebble,
    route53,
    log: () => processes.log(),
    called: () => processes.called(),
    refused: gate.refused,
  };
}

/** One of each function, started with its first call, as Lambda keeps them warm. */
class Processes {
  readonly #bundles: Bundles;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #open = new Map<FunctionName, Promise<BundleProcess>>();
  readonly #logs = new Map<FunctionName, () => string>();

  constructor(bundles: Bundles, endpoint: string, internet: FakeInternet) {
    this.#bundles = bundles;
    this.#environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
      FAKE_INTERNET: JSON.stringify(internet),
      [settings.inventoryTable]: TABLE,
      [settings.vaultBucket]: BUCKET,
      [settings.vaultKey]: 'vault-key',
      [settings.prefix]: PREFIX,
      [settings.mailConfigurationSet]: 'mail',
      [settings.linkBase]: 'https://certificates.emetrotel.test',
      [settings.egressAddress]: '',
    };
  }

  async invoke(name: FunctionName, event: unknown): Promise<unknown> {
    let process = this.#open.get(name);
    if (process === undefined) {
      process = openBundle(this.#bundles.folderOf(name), {
        environment: { ...this.#environment, AWS_LAMBDA_FUNCTION_NAME: `${PREFIX}-${name}` },
        preload: fileURLToPath(new URL('fake-internet.ts', import.meta.url)),
      });
      this.#open.set(name, process);
      this.#logs.set(name, (await process).log);
    }
    return await (await process).invoke(event);
  }

  called(): readonly FunctionName[] {
    return functionNames.filter((name) => this.#open.has(name));
  }

  log(): string {
    return [...this.#logs].map(([name, log]) => `--- ${name}\n${log()}`).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(async (one) => (await one).close()));
  }
}

/** What moto holds of the zones is what the name server answers. Answers the names of the servers of the first. */
async function publishZones(moto: Moto, dns: DnsServer): Promise<readonly string[]> {
  const { endpoint, credentials } = moto.connection();
  const client = route53Client({ endpoint, credentials });
  try {
    const { HostedZones = [] } = await client.send(new ListHostedZonesCommand({}));
    const servers: string[] = [];
    for (const { Id = '', Name = '' } of HostedZones) {
      const { ResourceRecordSets = [] } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }));
      const records = ResourceRecordSets.flatMap(({ Name: name = '', Type, TTL = 0, ResourceRecords = [] }) => {
        const values = ResourceRecords.map(({ Value = '' }) => Value);
        if (Type === 'NS') servers.push(...values.map(plainName));
        return Type !== undefined && isRecordType(Type)
          ? [{ name: plainName(name), type: Type, ttl: TTL, values }]
          : [];
      });
      dns.publish({ name: plainName(Name), records });
    }
    return servers;
  } finally {
    client.destroy();
  }
}

/** Pebble under a name and address that are as public as any. */
async function openCaFront({ directoryUrl, tlsRootPem }: Pebble) {
  const root = await makeRoot();
  const { keyPem, chainPem } = await root.leaf({ names: [CA.name] });
  const { port: pebblePort } = new URL(directoryUrl);
  const server = createTlsServer({ key: keyPem, cert: chainPem }, (socket) => {
    const inner = tlsConnect({ host: '127.0.0.1', port: Number(pebblePort), servername: 'localhost', ca: tlsRootPem });
    for (const one of [socket, inner])
      one.on('error', () => {
        socket.destroy();
        inner.destroy();
      });
    socket.pipe(inner).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    rootPem: root.pem,
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((done) => server.close(done)),
  };
}

async function fillAws(moto: Moto, sshKey: string): Promise<void> {
  const connection = moto.connection();
  const dynamodb = new DynamoDBClient(connection);
  await dynamodb.send(new CreateTableCommand(inventoryTable(TABLE)));
  const s3 = new S3Client({ ...connection, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  const secrets = new SecretsManagerClient(connection);
  const linkKeys = JSON.stringify({ keys: [Buffer.alloc(32, 7).toString('base64')] });
  for (const [Name, SecretString] of [
    [secretNames.sshKey(PREFIX, 'emetrotel'), sshKey],
    [secretNames.linkKeys(PREFIX), linkKeys],
  ])
    await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  const ses = new SESv2Client(connection);
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'emetrotel.test' }));
  for (const client of [dynamodb, s3, secrets, ses]) client.destroy();
}

function missing(what: string): never {
  throw new Error(`${what} is not there`);
}
