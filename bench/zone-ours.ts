// Our side: the steps that obtain certificates for orders that are due together, in one process, as a run of renewals starts them.

import { setTimeout as sleep } from 'node:timers/promises';
import { AcmeAuthorities } from '../src/adapters/acme/acme-authorities.ts';
import { CryptoKeyPairs } from '../src/adapters/acme/crypto-key-pairs.ts';
import { route53Client } from '../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../src/adapters/aws/route53-zones.ts';
import { AuthoritativeDns } from '../src/adapters/dns/authoritative-dns.ts';
import { MemoryInventory } from '../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../src/adapters/memory/memory-log.ts';
import { MemoryVault } from '../src/adapters/memory/memory-vault.ts';
import { answerChallenges } from '../src/steps/answer-challenges.ts';
import { cleanUpChallenges } from '../src/steps/clean-up-challenges.ts';
import { finalizeAcmeOrder } from '../src/steps/finalize-acme-order.ts';
import { placeAcmeOrder } from '../src/steps/place-acme-order.ts';
import { orderKey } from '../src/steps/records.ts';
import { loopbackNetwork } from '../test/support/loopback-network.ts';
import { orderFor, PARTNER, untilDone } from './bench-order.ts';
import { callsOf, openZoneWorld, type ZoneCost, type ZoneWorld } from './zone-world.ts';

const AUTHORITY = 'sandbox';

export async function runOurs(names: readonly string[]): Promise<ZoneCost> {
  const world = await openZoneWorld(names);
  const { services, batchesWaitedFor, end } = openServices(world);
  try {
    for (const name of names)
      await services.inventory.add(orderKey(PARTNER, name), orderFor(name, AUTHORITY, 'ec-p256'));
    const startedMs = performance.now();
    await Promise.all(
      names.map(async (name) => {
        const input = { partner: PARTNER, orderId: name, visit: 1 };
        await untilDone(() => placeAcmeOrder({ ...input, round: 1 }, services));
        await untilDone(() => answerChallenges(input, services));
        await untilDone(() => finalizeAcmeOrder(input, services));
        await untilDone(() => cleanUpChallenges(input, services));
      }),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    const { counts } = world.route53;
    const issued = world.ca.count('issued');
    if (issued !== names.length) throw new Error(`the CA issued ${issued} certificates for ${names.length} orders`);
    return {
      names: names.length,
      insyncWaits: batchesWaitedFor(),
      apiCalls: callsOf(world.route53),
      throttled: counts.throttled,
      seconds,
    };
  } finally {
    end();
    await world.close();
  }
}

/** Each batch that puts something up is waited for, at the name servers; nobody waits for what is taken down. */
function openServices({ route53, ca }: ZoneWorld) {
  const client = route53Client({ endpoint: route53.endpoint, credentials: route53.accessKey });
  let batches = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName === 'ChangeResourceRecordSetsCommand' && JSON.stringify(args.input).includes('"CREATE"'))
        batches += 1;
      return answer;
    },
    { step: 'initialize' },
  );
  const dns = new AuthoritativeDns({
    addressOf: async (name) => route53.nameServers.find((server) => server.name === name),
  });
  const zones = new Route53Zones({
    client,
    askServer: (server, name, type) => dns.ask(server, name, type),
    now: () => new Date(),
    random: Math.random,
  });
  const services = {
    inventory: new MemoryInventory(),
    vault: new MemoryVault(),
    zones,
    authorities: new AcmeAuthorities({
      network: loopbackNetwork,
      settings: { [AUTHORITY]: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem] } },
    }),
    keyPairs: new CryptoKeyPairs(),
    log: new MemoryLog(),
    clock: { now: () => new Date(), sleep: (ms: number) => sleep(ms) },
    settings: {
      profiles: {},
      roots: [ca.rootPem],
      opsAddresses: [],
      grants: {},
      mailDomain: 'bench.test',
      mailAddress: 'certificates@emetrotel.test',
      linkBase: 'https://certificates.emetrotel.test',
    },
  };
  return { services, batchesWaitedFor: () => batches, end: () => client.destroy() };
}
