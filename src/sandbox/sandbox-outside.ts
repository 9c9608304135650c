// Everything the service meets that is not ours, on one machine: CA, Route 53 with its name servers, a UCx, a mail server.

import { Resolver } from 'node:dns/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ConnectionProfile } from '../ports/appliances.ts';
import type { CaDials } from './ca/ca-dials.ts';
import { SandboxCa } from './ca/sandbox-ca.ts';
import { seededLuck } from './ca/seeded-luck.ts';
import { type MailDials, type MailServer, startMailServer } from './mail-server.ts';
import type { Route53Dials } from './route53/route53-dials.ts';
import { SandboxRoute53 } from './route53/sandbox-route53.ts';
import { SandboxNetwork } from './sandbox-network.ts';
import { SandboxUcx } from './ucx/sandbox-ucx.ts';
import type { UcxDials } from './ucx/ucx-dials.ts';

export interface OutsideOptions {
  /** Where all of it keeps its state. */
  readonly folder: string;
  /** OpenSSH public key line the UCx lets in. */
  readonly authorizedKey: string;
  /** For every dial that draws. @default 1 */
  readonly seed?: number;
  /** Where phones reach the UCx on this machine; 0 takes any port. @default - 21326 if it is free, else any */
  readonly outsidePort?: number;
  /** What ops have set otherwise for this server. @default - as UcxParts has it */
  readonly profile?: Partial<ConnectionProfile>;
  readonly dials?: {
    readonly ca?: Partial<CaDials>;
    readonly route53?: Partial<Route53Dials>;
    readonly ucx?: Partial<UcxDials>;
    readonly mail?: Partial<MailDials>;
  };
}

export interface SandboxOutside {
  readonly ca: SandboxCa;
  readonly route53: SandboxRoute53;
  readonly ucx: SandboxUcx;
  readonly mail: MailServer;
  readonly network: SandboxNetwork;
  close(): Promise<void>;
}

/** The customer and the zone every example speaks of. */
export const NORTHWIND = {
  zone: 'northwind.test',
  hostname: 'pbx.northwind.test',
  publicIp: '203.0.113.10',
  sitePort: 21_326,
  sshPort: 22,
} as const;

export async function startOutside({
  folder,
  authorizedKey,
  seed = 1,
  outsidePort,
  profile = {},
  dials = {},
}: OutsideOptions): Promise<SandboxOutside> {
  const route53 = await SandboxRoute53.start({
    folder: join(folder, 'route53'),
    zones: [NORTHWIND.zone],
    now: () => new Date(),
    random: seededLuck(seed),
    ...(dials.route53 === undefined ? {} : { dials: dials.route53 }),
  });
  const nameServers = route53.nameServers.map(({ address, port }) => `${address}:${port}`);
  const ca = await SandboxCa.start({
    folder: join(folder, 'ca'),
    dnsServers: nameServers,
    random: seededLuck(seed + 1),
    ...(dials.ca === undefined ? {} : { dials: dials.ca }),
  });
  const ucx = await SandboxUcx.start({
    folder: join(folder, 'ucx'),
    hostname: NORTHWIND.hostname,
    authorizedKey,
    outsidePort: outsidePort ?? (await preferPort(NORTHWIND.sitePort)),
    profile: { ...profile, sshPort: NORTHWIND.sshPort },
    ...(dials.ucx === undefined ? {} : { dials: dials.ucx }),
  });
  const mail = await startMailServer({
    folder: join(folder, 'mail'),
    ...(dials.mail === undefined ? {} : { dials: dials.mail }),
  });

  const network = new SandboxNetwork({ resolve: (name) => lookUp(name, nameServers) });
  network.map(NORTHWIND.publicIp, NORTHWIND.sitePort, ucx.outsidePort);
  network.map(NORTHWIND.publicIp, NORTHWIND.sshPort, ucx.sshPort);
  network.allowLocalhost(Number(new URL(ca.directoryUrl).port));
  return {
    ca,
    route53,
    ucx,
    mail,
    network,
    close: async () => {
      await Promise.all([ca.close(), ucx.close(), mail.close()]);
      await route53.close();
    },
  };
}

/** As a phone's resolver would, without a cache. */
async function lookUp(name: string, nameServers: readonly string[]): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(nameServers);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** The wanted port when it is free, else any: two sandboxes may run on one machine. */
async function preferPort(wanted: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const trial = createServer();
  trial.once('error', () => resolve(0));
  trial.listen(wanted, '127.0.0.1', () => trial.close(() => resolve(wanted)));
  return promise;
}
