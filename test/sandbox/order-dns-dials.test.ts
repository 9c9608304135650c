// Every dial of Route 53 and its name servers, turned under the whole service: the CA looks only when every name server has the answer.

import { describe, expect, it } from 'vitest';
import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../../src/adapters/aws/route53-zones.ts';
import type { Route53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { setAddress } from '../../src/steps/set-address.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const CHALLENGE = `_acme-challenge.${NORTHWIND.hostname}`;

describe.concurrent('an order gets its certificate, and leaves DNS as it should be, when', patient, () => {
  const rows: readonly { when: string; route53: Partial<Route53Dials>; throttled: boolean }[] = [
    {
      when: 'a name server is late',
      route53: { insyncDelayMs: 300, serversLagMs: 700 },
      throttled: false,
    },
    {
      when: 'much is throttled, refused or lost',
      route53: { throttle: 0.3, changeConflicts: 0.4, answersLost: 0.4 },
      throttled: true,
    },
    {
      when: 'requests and changes are few',
      route53: { requestBurst: 1, requestsPerSecond: 8, changeBurst: 1, changesPerSecond: 2 },
      throttled: true,
    },
  ];
  it.for(rows)('$when', async ({ route53: dials, throttled }) => {
    await using run = await SandboxRun.start({ dials: { route53: dials } });
    const { ca, route53 } = run.outside;
    const order = await run.obtain();
    expect([order.state, order.problem]).toEqual(['cancelled', undefined]);
    // an answer that came too early would have cost an acmeOrder
    expect([ca.count('validations'), ca.count('newOrder'), run.effects().finalized]).toEqual([1, 1, [1]]);
    expect(route53.heldValues(NORTHWIND.hostname, 'A')).toEqual([NORTHWIND.publicIp]);
    expect(route53.heldValues(CHALLENGE, 'TXT')).toEqual([]);
    expect([run.effects().restarts, route53.counts.throttled > 0]).toEqual([0, throttled]);
  });
});

describe.concurrent('as long as', patient, () => {
  it('a name server is silent the order waits and spends nothing at the CA, then goes on', async () => {
    await using run = await SandboxRun.start({ dials: { route53: { nameServerSilent: 1 } } });
    const { ca, route53 } = run.outside;
    const id = await run.place();
    const waiting = await run.until(id, ({ timeline }) =>
      timeline.some(({ step, state }) => step === 'set-address' && state === 'waiting'),
    );
    expect([waiting.state, ca.count('newOrder')]).toEqual(['working', 0]);
    route53.turn({ nameServerSilent: undefined });
    const order = await run.issued(id);
    expect(order.timeline.find(({ step }) => step === 'set-address')?.attempts).toBeGreaterThan(1);
  });

  it('Route 53 throttles everything a step gives up in time and says when to come back', async () => {
    await using run = await SandboxRun.start({ dials: { ca: { refuseNames: [NORTHWIND.zone] } } });
    const { id } = await run.fulfil();
    const { endpoint, accessKey } = run.outside.route53;
    const zones = new Route53Zones({
      client: route53Client({ endpoint, credentials: accessKey }),
      askServer: () => Promise.reject(new Error('nobody is asked')),
      now: () => new Date(),
      random: () => 0.5,
      budgetMs: 400,
    });
    run.outside.route53.turn({ throttle: 1 });
    const result = await setAddress(run.stepInput(id), { ...run.service.services, addresses: zones });
    expect(result).toMatchObject({ kind: 'problem', problem: { code: 'dns-throttled', retry: 'later' } });
    expect(result).toHaveProperty('retryAfterMs', 30_000);
  });
});

describe.concurrent('an address that somebody else has put there', patient, () => {
  it('is not overwritten: the order stops before it costs anything', async () => {
    await using run = await SandboxRun.start();
    const { ca, route53, ucx } = run.outside;
    route53.put({ name: NORTHWIND.hostname, type: 'A', ttl: 300, values: ['203.0.113.99'] });
    const order = await run.fulfil();
    expect([order.state, order.problem?.code]).toEqual(['needs-attention', 'record-conflict']);
    expect(route53.heldValues(NORTHWIND.hostname, 'A')).toEqual(['203.0.113.99']);
    expect([ca.count('newOrder'), ucx.counts().restarts]).toEqual([0, 0]);
  });
});
