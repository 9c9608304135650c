// Names under the whole service: proven where they are delegated to, and looked at before the authority counts anything.

import { describe, expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const CHALLENGE = `_acme-challenge.${NORTHWIND.hostname}`;

describe.concurrent('an order', patient, () => {
  it('is proven at the end of a chain of aliases over two zones of ours and one of a stranger, and left in order', async () => {
    await using run = await SandboxRun.start();
    const { ca, route53 } = run.outside;
    route53.addZone('challenges.test');
    const alias = (name: string, target: string) => ({ name, type: 'CNAME', ttl: 1, values: [`${target}.`] }) as const;
    route53.put(alias(CHALLENGE, 'pbx.stranger.example'));
    route53.hostElsewhere('stranger.example', [alias('pbx.stranger.example', 'pbx.challenges.test')]);
    route53.put(alias('pbx.challenges.test', 'end.challenges.test'));

    const id = await run.prepare();
    const order = await run.issued(id);
    expect([order.warnings, ca.count('validations'), ca.count('newOrder')]).toEqual([[], 1, 1]);
    await run.changeRestart(id, 'cancel');
    await run.ended(id);
    expect(route53.heldValues('end.challenges.test', 'TXT')).toEqual([]);
    expect(route53.heldValues(CHALLENGE, 'TXT')).toEqual([]);
    expect(route53.heldValues(CHALLENGE, 'CNAME')).toEqual(['pbx.stranger.example.']);
  });

  it('of several names proves them together, two of them at one place, in one change and out in one', async () => {
    await using run = await SandboxRun.start();
    const { ca, route53 } = run.outside;
    route53.addZone('challenges.test');
    for (const name of [CHALLENGE, '_acme-challenge.sip.northwind.test']) {
      route53.put({ name, type: 'CNAME', ttl: 1, values: ['hub.challenges.test.'] });
    }
    const order = await run.obtain({ alternativeNames: ['sip.northwind.test', 'web.northwind.test'] });
    expect([order.problem, order.warnings, ca.count('validations')]).toEqual([undefined, [], 3]);
    for (const name of ['hub.challenges.test', '_acme-challenge.web.northwind.test', CHALLENGE]) {
      expect(route53.heldValues(name, 'TXT')).toEqual([]);
    }
    // The address; then up and down, in each of the two zones.
    expect(route53.counts.changes).toBe(5);
  });

  it.each([
    {
      what: 'CAA of its domain names another authority',
      set: { name: NORTHWIND.zone, type: 'CAA', ttl: 60, values: ['0 issue "other.test"'] } as const,
      problem: { code: 'ca-caa-forbids', step: 'check-names', message: /add: northwind\.test\. CAA 0 issue "/ },
    },
    {
      what: 'its delegation leads away from us',
      set: { name: CHALLENGE, type: 'CNAME', ttl: 60, values: ['pbx.northwind.example.'] } as const,
      problem: { code: 'no-zone-for-name', step: 'check-names', message: /set: _acme-challenge\.pbx.* CNAME / },
    },
  ])('stops when $what, and has cost nothing at the authority', async ({ set, problem }) => {
    await using run = await SandboxRun.start();
    const { ca, route53 } = run.outside;
    route53.put(set);
    route53.hostElsewhere('northwind.example', []);
    const order = await run.fulfil();
    const { code, step, message } = order.problem ?? {};
    expect([order.state, code, step, message]).toEqual([
      'needs-attention',
      problem.code,
      problem.step,
      expect.stringMatching(problem.message),
    ]);
    expect([ca.count('newOrder'), ca.count('newAccount'), run.effects().restarts]).toEqual([0, 0, 0]);
    expect(route53.heldValues(NORTHWIND.hostname, 'A')).toEqual([]);
  });
});
