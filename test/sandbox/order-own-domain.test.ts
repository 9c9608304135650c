// A name in the customer's own domain, over the whole service: the order waits, the customer sets the records, phones reach the server.

import { describe, expect, it } from 'vitest';
import type { RecordSet } from '../../src/sandbox/dns/record-set.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

const ZONE = 'customer.test';
const NAME = `pbx.${ZONE}`;
const CHALLENGE = `_acme-challenge.${NAME}`;
const TARGET = `${NAME}.challenges.${NORTHWIND.zone}`;

const address: RecordSet = { name: NAME, type: 'A', ttl: 3600, values: [NORTHWIND.publicIp] };
const delegation: RecordSet = { name: CHALLENGE, type: 'CNAME', ttl: 3600, values: [`${TARGET}.`] };

describe.concurrent('an order for a name in a domain of the customer’s own', patient, () => {
  it('waits with the exact records, goes on once they are set there, and ends served', async () => {
    await using run = await SandboxRun.start();
    const { ca, route53 } = run.outside;
    const old: RecordSet = { ...address, values: ['203.0.113.99'] };
    route53.hostElsewhere(ZONE, [old]);
    const id = await run.place({ hostname: NAME });
    const waiting = await run.until(id, ({ notices }) =>
      notices.some(({ kind, deliveredAt }) => kind === 'dns-wanted' && deliveredAt !== undefined),
    );
    expect([waiting.state, waiting.wantedRecords]).toEqual([
      'awaiting-dns',
      [
        expect.objectContaining({ name: NAME, type: 'A', value: NORTHWIND.publicIp, seen: ['203.0.113.99'] }),
        expect.objectContaining({ name: CHALLENGE, type: 'CNAME', value: TARGET, seen: [] }),
        expect.objectContaining({ name: NAME, where: 'lan', required: false }),
      ],
    ]);
    expect(ca.count('newOrder')).toBe(0);

    route53.hostElsewhere(ZONE, [address, delegation]);
    const order = await run.ended(id);
    expect([order.state, order.problem, order.wantedRecords]).toEqual(['done', undefined, undefined]);
    expect(order.fingerprint).toBe(run.effects().served);
    const mails = await run.mailsAbout(id);
    const first = mails.filter(({ subject }) => subject === `DNS records to set for ${NAME}`);
    expect(first.map(({ to }) => to).sort()).toEqual([ANA, OPS]);
    expect(first[0]?.text).toContain(`${CHALLENGE}. CNAME ${TARGET}.`);
    // What we write stands in our zone alone, and is gone.
    expect(route53.heldValues(TARGET, 'TXT')).toEqual([]);
    expect(route53.counts.changes).toBe(2);
  });

  it('goes on where CAA of the domain forbade the authority until its owner let it', async () => {
    await using run = await SandboxRun.start();
    const { ca, route53 } = run.outside;
    const caa = (...issuers: readonly string[]): RecordSet => ({
      name: ZONE,
      type: 'CAA',
      ttl: 60,
      values: issuers.map((issuer) => `0 issue "${issuer}"`),
    });
    route53.hostElsewhere(ZONE, [address, delegation, caa('other.test')]);
    const id = await run.place({ hostname: NAME });
    const waiting = await run.until(id, ({ state }) => state === 'awaiting-dns');
    const [wanted] = waiting.wantedRecords ?? [];
    expect(wanted).toMatchObject({ name: ZONE, type: 'CAA', seen: ['issue other.test'] });
    expect(ca.count('newOrder')).toBe(0);

    const [, issuer = ''] = /^0 issue "(.+)"$/.exec(wanted?.value ?? '') ?? [];
    route53.hostElsewhere(ZONE, [address, delegation, caa('other.test', issuer)]);
    expect((await run.ended(id)).state).toBe('done');
  });
});
