// Wires the service for one machine: the production adapters against the sandbox, the local engine, the API.

import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { serve } from '@hono/node-server';
import ssh2 from 'ssh2';
import { AcmeAuthorities } from '../adapters/acme/acme-authorities.ts';
import { AcmeRenewalAdvice } from '../adapters/acme/acme-renewal-advice.ts';
import { CryptoKeyPairs } from '../adapters/acme/crypto-key-pairs.ts';
import { DynamodbInventory } from '../adapters/aws/dynamodb-inventory.ts';
import { route53Client } from '../adapters/aws/route53-client.ts';
import { Route53Zones } from '../adapters/aws/route53-zones.ts';
import { AuthoritativeDns } from '../adapters/dns/authoritative-dns.ts';
import { PublicResolvers } from '../adapters/dns/public-resolvers.ts';
import { FileVault } from '../adapters/files/file-vault.ts';
import { JsonLog } from '../adapters/files/json-log.ts';
import { ForgeCertificateFiles } from '../adapters/forge/forge-certificate-files.ts';
import { HttpPublishedIssuers } from '../adapters/https/http-published-issuers.ts';
import { HttpsWebhooks } from '../adapters/https/https-webhooks.ts';
import { SmtpMail } from '../adapters/mail/smtp-mail.ts';
import { vaultPrivateKeys } from '../adapters/ssh/server-connection.ts';
import { SshAppliances } from '../adapters/ssh/ssh-appliances.ts';
import { SshServerKeys } from '../adapters/ssh/ssh-server-keys.ts';
import { TlsProbes } from '../adapters/tls/tls-probes.ts';
import { createApi } from '../api/app.ts';
import { authenticateWith, SCOPES, signToken } from '../api/bearer-token.ts';
import { Problem } from '../domain/problem.ts';
import type { Network } from '../ports/network.ts';
import type { Vault } from '../ports/vault.ts';
import { stepFunctions } from '../steps/catalogue.ts';
import type { Services } from '../steps/services.ts';
import { deliverEvents } from '../workflows/deliver-events.ts';
import { fulfilOrder } from '../workflows/fulfil-order.ts';
import { lookAtServer } from '../workflows/look-at-server.ts';
import { noteBounce } from '../workflows/note-bounce.ts';
import { probeFleet } from '../workflows/probe-fleet.ts';
import { revokeCertificate } from '../workflows/revoke-certificate.ts';
import { rollKey } from '../workflows/roll-key.ts';
import { rotateSshKey } from '../workflows/rotate-ssh-key.ts';
import { startDueRenewals } from '../workflows/start-due-renewals.ts';
import { sweepStuckOrders } from '../workflows/sweep-stuck-orders.ts';
import { watchBypasses } from '../workflows/watch-bypasses.ts';
import { startDynamodb } from './dynamodb.ts';
import { LocalEngine } from './engine/local-engine.ts';
import { LocalExecutions } from './local-executions.ts';
import { NORTHWIND, type SandboxOutside } from './sandbox-outside.ts';
import { beginSchedules } from './schedules.ts';
import { makeSshKeys } from './ucx/ssh-host-key.ts';
import { WorkUnderWay } from './work-under-way.ts';

export const PARTNER = 'emetrotel';
export const AUTHORITY = 'sandbox';

const MAIL_ADDRESS = 'certificates@emetrotel.test';
/** Where customers whose DNS is not with us let their challenges lead to. */
const DELEGATION_ZONE = `challenges.${NORTHWIND.zone}`;

/** A customer's own domain: granted to the partner, hosted by nobody here until a test does. */
const CUSTOMER_ZONE = 'customer.test';

/** Where servers see us come from: an address of documentation (RFC 5737), like everything public here. */
const EGRESS = '203.0.113.250';

const TOKEN_SECONDS = 30 * 24 * 3600;
const SWEEP_MS = 5_000;
const RENEWALS_MS = 2_000;
const FLEET_MS = 60_000;
const EVENTS_MS = 2_000;
const RETURNED_MS = 500;
const PROBE_MS = 5_000;
const ACME_MS = 10_000;

/** Steps under way when the service is closed may still come to their end; later ones are as good as killed. */
const CLOSING_MS = 5_000;

/** What the service is told of the world: where things are, whom to trust, how ops reach a server. */
export interface ServiceWorld {
  readonly ca: Pick<SandboxOutside['ca'], 'directoryUrl' | 'tlsRootPem' | 'rootPem'>;
  readonly route53: Pick<SandboxOutside['route53'], 'endpoint' | 'accessKey' | 'nameServers'>;
  readonly ucx: Pick<SandboxOutside['ucx'], 'profile'>;
  readonly mail: Pick<SandboxOutside['mail'], 'port' | 'returned'>;
  readonly network: Network;
}

export interface SandboxService {
  readonly url: string;
  readonly token: string;
  readonly services: Services;
  readonly engine: LocalEngine;
  close(): Promise<void>;
}

/** Keys are made on first use and stay in the vault: the token key, and the pair we log in to servers with. */
export async function openVault(folder: string): Promise<{
  readonly vault: Vault;
  readonly tokenKey: Uint8Array;
  readonly linkKey: Uint8Array;
  readonly sshKey: string;
  readonly authorizedKey: string;
}> {
  const vault = new FileVault({ folder: join(folder, 'vault') });
  const tokenKey = await vault.get(await vault.putOnce('service/token-key', randomBytes(32)));
  const linkKey = await vault.get(await vault.putOnce('service/link-key', randomBytes(32)));
  const drawn = makeSshKeys().private;
  const sshKey = Buffer.from(
    await vault.get(await vault.putOnce(`partners/${PARTNER}/ssh-key`, Buffer.from(drawn))),
  ).toString();
  const parsed = ssh2.utils.parseKey(sshKey);
  if (parsed instanceof Error) throw parsed;
  return {
    vault,
    tokenKey,
    linkKey,
    sshKey,
    authorizedKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')} ucx-certs`,
  };
}

export async function startService(folder: string, port: number, outside: ServiceWorld): Promise<SandboxService> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { vault, tokenKey, linkKey, sshKey, authorizedKey } = await openVault(folder);
  const dynamodb = await startDynamodb({ folder: join(folder, 'dynamodb') });
  const client = dynamodb.client();
  const logStream = createWriteStream(join(folder, 'service.log'), { flags: 'a', mode: 0o600 });
  const { route53, ca, network, ucx, mail } = outside;
  // The name servers of the sandbox are all the public DNS there is here; they sign nothing, so everything is sound.
  const addressOf = async (name: string) => route53.nameServers.find((server) => server.name === name);
  const publicDns = new PublicResolvers({ resolvers: route53.nameServers, addressOf });
  const nameServers = new AuthoritativeDns({ addressOf });
  const zones = new Route53Zones({
    client: route53Client({ endpoint: route53.endpoint, credentials: route53.accessKey }),
    askServer: (server, name, type) => nameServers.ask(server, name, type),
    findAlias: (name) => publicDns.findAlias(name),
    delegationZone: DELEGATION_ZONE,
    now: () => new Date(),
    random: Math.random,
  });
  const acme = {
    network,
    settings: { [AUTHORITY]: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem], timeoutMs: ACME_MS } },
  };
  const privateKeys = vaultPrivateKeys(vault, async () => sshKey);
  // The links in mails begin with where we listen, so that is known before anything is sent.
  let answer: Fetch = () => new Response(null, { status: 503 });
  const { server, url } = await listen((request, env) => answer(request, env), port);
  let engine: LocalEngine | undefined;
  const services: Services = {
    inventory: new DynamodbInventory({ client, table: dynamodb.table }),
    vault,
    zones,
    addresses: zones,
    publicDns,
    authorities: new AcmeAuthorities(acme),
    renewalAdvice: new AcmeRenewalAdvice(acme),
    keyPairs: new CryptoKeyPairs(),
    certificateFiles: new ForgeCertificateFiles(),
    publishedIssuers: new HttpPublishedIssuers({ network }),
    appliances: new SshAppliances({ network, privateKeys, now: () => new Date() }),
    serverKeys: new SshServerKeys({ network, privateKeys }),
    probes: new TlsProbes({ network, roots: [ca.rootPem], timeoutMs: PROBE_MS }),
    mail: new SmtpMail({
      host: '127.0.0.1',
      port: mail.port,
      tls: 'none',
      from: `E-MetroTel certificates <${MAIL_ADDRESS}>`,
    }),
    webhooks: new HttpsWebhooks({ network }),
    executions: new LocalExecutions(() => {
      if (engine === undefined) throw new Error('the engine is not open yet');
      return engine;
    }),
    linkKeys: { list: async () => [linkKey] },
    log: new JsonLog({ stream: logStream }),
    clock: { now: () => new Date(), sleep: (ms) => sleep(ms) },
    settings: {
      profiles: { 'ucx-ssh': ucx.profile },
      roots: [ca.rootPem],
      publicRoots: rootCertificates,
      opsAddresses: ['ops@emetrotel.test'],
      grants: { [PARTNER]: [NORTHWIND.zone, CUSTOMER_ZONE] },
      delegationZone: DELEGATION_ZONE,
      publicKeys: { [PARTNER]: [authorizedKey.replace(/ ucx-certs$/, '')] },
      egress: [EGRESS],
      mailDomain: 'certificates.emetrotel.test',
      mailAddress: MAIL_ADDRESS,
      linkBase: url,
    },
  };
  const underWay = new WorkUnderWay();
  engine = await LocalEngine.open({
    folder: join(folder, 'engine'),
    functions: watched(stepFunctions(services), underWay),
    workflows: {
      'fulfil-order': (input, ctx) => fulfilOrder(input, ctx),
      'revoke-certificate': (input, ctx) => revokeCertificate(input, ctx),
      'roll-key': (input, ctx) => rollKey(input, ctx),
      'rotate-ssh-key': (input, ctx) => rotateSshKey(input, ctx),
      'look-at-server': (input, ctx) => lookAtServer(input, ctx),
    },
  });
  await sweepStuckOrders(new Date(), services);
  const endSchedules = beginSchedules(
    [
      {
        name: 'sweep-stuck-orders',
        everyMs: SWEEP_MS,
        run: (now) => sweepStuckOrders(new Date(now.getTime() - SWEEP_MS), services),
      },
      {
        name: 'take-returned-mail',
        everyMs: RETURNED_MS,
        run: () => mail.returned.take((report) => noteBounce(report, services)),
      },
      { name: 'watch-bypasses', everyMs: EVENTS_MS, run: (now) => watchBypasses(now, services) },
      { name: 'probe-fleet', everyMs: FLEET_MS, run: (now) => probeFleet(now, services) },
      { name: 'deliver-events', everyMs: EVENTS_MS, run: (now) => deliverEvents(now, services) },
      {
        name: 'start-due-renewals',
        everyMs: RENEWALS_MS,
        run: (now) => startDueRenewals({ now, random: Math.random }, services),
      },
    ],
    underWay,
    services.log,
  );

  const api = createApi({
    services,
    authenticate: authenticateWith(tokenKey, () => new Date()),
    authorities: [AUTHORITY],
    defaultAuthority: AUTHORITY,
    judgePublicIp,
  });
  answer = api.fetch;
  return {
    url,
    token: await signToken({ partner: PARTNER, scopes: SCOPES }, tokenKey, new Date(), TOKEN_SECONDS),
    services,
    engine,
    close: async () => {
      endSchedules();
      await stopListening(server);
      await engine.close();
      await underWay.ended(CLOSING_MS);
      client.destroy();
      await dynamodb.close();
      logStream.end();
    },
  };
}

type Fetch = Parameters<typeof serve>[0]['fetch'];
type StepFunctions = ReturnType<typeof stepFunctions>;

function watched(functions: StepFunctions, underWay: WorkUnderWay): StepFunctions {
  const entries = Object.entries(functions).map(([name, run]) => [
    name,
    (payload: unknown) => underWay.watch(run(payload)),
  ]);
  return Object.fromEntries(entries);
}

/** Requests under way are answered. */
async function stopListening(server: ReturnType<typeof serve>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  await closed;
}

/** The sandbox's public internet is 203.0.113.0/24 (RFC 5737); everything else is refused as in production. */
function judgePublicIp(text: string, field: string): string {
  if (/^203\.0\.113\.(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])$/.test(text)) return text;
  throw new Problem(
    'address-not-public',
    `${field} ${JSON.stringify(text.slice(0, 60))} is not public here; the sandbox has 203.0.113.0/24`,
    { field },
  );
}

async function listen(
  fetch: Fetch,
  port: number,
): Promise<{ readonly server: ReturnType<typeof serve>; readonly url: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ server: ReturnType<typeof serve>; url: string }>();
  const server = serve({ fetch, port, hostname: '127.0.0.1' }, (info) =>
    resolve({ server, url: `http://127.0.0.1:${info.port}` }),
  );
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && port !== 0) resolve(listen(fetch, 0));
    else reject(error);
  });
  return promise;
}
