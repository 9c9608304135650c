// The peer: Debian's lego with its own route53 provider, unmodified, run name by name as its manual and cron jobs have it.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openAwsFront } from './aws-front.ts';
import { callsOf, openZoneWorld, ZONE, type ZoneCost, type ZoneWorld } from './zone-world.ts';

const run = promisify(execFile);

/** A run takes some seconds; one that hangs must not hold the bench up for ever. */
const RUN_TIMEOUT_MS = 120_000;

export async function runLego(names: readonly string[]): Promise<ZoneCost> {
  const world = await openZoneWorld(names);
  const front = await openAwsFront(world.route53.endpoint);
  try {
    const env = await environment(world, front);
    const args = argumentsFor(world);
    const startedMs = performance.now();
    for (const name of names) {
      await run('lego', [...args, '--domains', name, 'run'], { env, timeout: RUN_TIMEOUT_MS });
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const { requests, changes, throttled } = world.route53.counts;
    if (world.ca.count('issued') !== names.length) throw new Error('lego ended well without a certificate');
    if (requests.GetChange < changes) throw new Error('lego did not wait for every change');
    return { names: names.length, insyncWaits: changes, apiCalls: callsOf(world.route53), throttled, seconds };
  } finally {
    await front.close();
    await world.close();
  }
}

/** Its best: the zone is known, it asks as often as its settings have it, and it asks no name server whether the record is there. */
function argumentsFor({ folder, ca, route53 }: ZoneWorld): readonly string[] {
  const [resolver] = route53.nameServers;
  return [
    ...['--server', ca.directoryUrl, '--accept-tos', '--email', 'ops@northwind.test', '--path', join(folder, 'lego')],
    ...['--dns', 'route53', '--dns.disable-cp', '--dns.resolvers', `${resolver?.address}:${resolver?.port}`],
    ...['--key-type', 'ec256'],
  ];
}

/** The AWS SDK in it has no setting for another endpoint, but honours a proxy and a root of ours, as every Go program does. */
async function environment(
  { folder, ca, route53 }: ZoneWorld,
  front: { readonly proxyUrl: string; readonly rootPem: string },
): Promise<Record<string, string>> {
  const awsRoot = join(folder, 'aws-root.pem');
  const caRoot = join(folder, 'ca-root.pem');
  await writeFile(awsRoot, front.rootPem);
  await writeFile(caRoot, ca.tlsRootPem);
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    HTTPS_PROXY: front.proxyUrl,
    NO_PROXY: 'localhost,127.0.0.1',
    SSL_CERT_FILE: awsRoot,
    LEGO_CA_CERTIFICATES: caRoot,
    AWS_ACCESS_KEY_ID: route53.accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: route53.accessKey.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_HOSTED_ZONE_ID: route53.zoneIds[ZONE] ?? '',
    AWS_POLLING_INTERVAL: '1',
    AWS_PROPAGATION_TIMEOUT: '60',
  };
}
