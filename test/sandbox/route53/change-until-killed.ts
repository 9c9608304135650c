// A process that changes one record set again and again and tells its parent of each answer, until it is killed.

import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { route53Client } from '../../../src/adapters/aws/route53-client.ts';
import { kindRoute53Dials } from '../../../src/sandbox/route53/route53-dials.ts';
import { SandboxRoute53 } from '../../../src/sandbox/route53/sandbox-route53.ts';

const sandbox = await SandboxRoute53.start({
  folder: process.argv[2] ?? '',
  zones: ['northwind.test'],
  now: () => new Date(),
  random: () => 0.5,
  dials: { ...kindRoute53Dials, requestBurst: 100_000, changeBurst: 100_000 },
});
const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });

process.on('disconnect', () => process.exit(1));
for (let count = 1; ; count += 1) {
  const records = [count, count + 1].map((value) => ({ Value: `"${value}"` }));
  const set = { Name: 'x.northwind.test', Type: 'TXT', TTL: 60, ResourceRecords: records } as const;
  const changes = [{ Action: 'UPSERT', ResourceRecordSet: set } as const];
  const HostedZoneId = sandbox.zoneIds['northwind.test'];
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes: changes } }));
  process.send?.(count);
}
