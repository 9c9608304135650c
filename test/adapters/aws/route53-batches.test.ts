// Many names at once: how few requests and change batches Route53Zones needs, and that none of it is lost when a batch goes wrong.

import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { describe, expect, it, onTestFinished } from 'vitest';
import { route53Client } from '../../../src/adapters/aws/route53-client.ts';
import { quotedTxt } from '../../../src/adapters/aws/txt-text.ts';
import type { SandboxRoute53 } from '../../../src/sandbox/route53/sandbox-route53.ts';
import { openRoute53World } from '../../support/route53-world.ts';

const zone = 'northwind.test';
const hostnames = Array.from({ length: 46 }, (_, index) => `pbx${index}.${zone}`);
const challenges = hostnames.map((hostname) => `_acme-challenge.${hostname}`);

/** The adapter with a look at each change batch before it is sent. */
async function openWatched(before: (batch: number, sandbox: SandboxRoute53) => void) {
  const { sandbox, another } = await openRoute53World();
  const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });
  onTestFinished(() => client.destroy());
  let batches = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === ChangeResourceRecordSetsCommand.name) {
        batches += 1;
        before(batches, sandbox);
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  return { sandbox, zones: another({ client }), batches: () => batches };
}

describe('46 names of one zone at the same moment', () => {
  it('need one batch to go up and one to come down, and hardly a request besides', async () => {
    const { sandbox, zones } = await openRoute53World();
    for (const name of hostnames) sandbox.put({ name, type: 'A', ttl: 60, values: ['203.0.113.7'] });
    expect(await Promise.all(challenges.map((name) => zones.follow(name)))).toEqual(challenges);
    await Promise.all(challenges.map((name) => zones.add({ name, value: name })));
    expect(sandbox.counts.changes).toBe(1);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual([name]);
    await expect
      .poll(async () => Promise.all(challenges.map((name) => zones.isVisible({ name, value: name }))), { interval: 5 })
      .not.toContain(false);
    await Promise.all(challenges.map((name) => zones.remove({ name, value: name })));
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual([]);
    expect(sandbox.counts.requests).toEqual({
      ListHostedZonesByName: 1,
      GetHostedZone: 1,
      ListResourceRecordSets: 3,
      ChangeResourceRecordSets: 2,
      GetChange: 0,
    });
  });

  it('read a zone of many records by pages, not by names', async () => {
    const { sandbox, zones } = await openRoute53World();
    const letters = Array.from({ length: 18 }, (_, index) => String.fromCharCode(97 + index));
    for (const name of letters.flatMap((a) => letters.map((b) => `${a}${b}.${zone}`))) {
      sandbox.put({ name, type: 'A', ttl: 60, values: ['203.0.113.7'] });
    }
    const names = letters.map((a) => `_acme-challenge.${a}m.${zone}`);
    for (const name of names) sandbox.put({ name, type: 'CNAME', ttl: 60, values: [`x.${name}`] });
    expect(await Promise.all(names.map((name) => zones.follow(name)))).toEqual(names.map((name) => `x.${name}`));
    // Two pages for each of the two hops.
    expect(sandbox.counts.requests.ListResourceRecordSets).toBe(4);
  });

  it('go in as many batches as their values need', async () => {
    const { sandbox, zones } = await openRoute53World();
    const value = 'x'.repeat(1000);
    await Promise.all(challenges.map((name) => zones.add({ name, value })));
    expect([sandbox.counts.changes, sandbox.counts.requests.ChangeResourceRecordSets]).toEqual([2, 2]);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual([value]);
  });

  it('lose nothing when every answer to a batch is lost', async () => {
    const { sandbox, zones } = await openRoute53World({ answersLost: 1 });
    await Promise.all(challenges.map((name) => zones.add({ name, value: 'v' })));
    expect(sandbox.counts.changes).toBe(1);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
  });

  it('go up whole when somebody else changes one of them between reading and writing', async () => {
    const changed = challenges[20] ?? '';
    const { sandbox, zones, batches } = await openWatched((batch, world) => {
      if (batch === 1) world.put({ name: changed, type: 'TXT', ttl: 300, values: ['"theirs"'] });
    });
    await Promise.all(challenges.map((name) => zones.add({ name, value: 'v' })));
    expect(batches()).toBe(2);
    for (const name of challenges) {
      expect(sandbox.heldValues(name, 'TXT')).toEqual(name === changed ? ['theirs', 'v'] : ['v']);
    }
  });

  it('go up all but the one that somebody else changes each time', async () => {
    const busy = challenges[20] ?? '';
    const { sandbox, zones } = await openWatched((batch, world) => {
      world.put({ name: busy, type: 'TXT', ttl: 300, values: [quotedTxt(String(batch))] });
    });
    const ends = await Promise.allSettled(challenges.map((name) => zones.add({ name, value: 'v' })));
    expect(ends.flatMap((end, at) => (end.status === 'rejected' ? [[at, end.reason.name]] : []))).toEqual([
      [20, 'record-busy'],
    ]);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT').includes('v')).toBe(name !== busy);
  });

  it('go up all but the one that Route 53 does not take', async () => {
    const { sandbox, zones } = await openRoute53World();
    const bad = challenges[7] ?? '';
    const ends = await Promise.allSettled([
      ...challenges.map((name) => zones.add({ name, value: name === bad ? 'x'.repeat(4001) : 'v' })),
      zones.add({ name: bad, value: 'v' }),
    ]);
    expect(ends.flatMap((end, at) => (end.status === 'rejected' ? [[at, end.reason.name]] : []))).toEqual([
      [7, 'dns-refused'],
    ]);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
    expect(sandbox.counts.requests.ChangeResourceRecordSets).toBeLessThan(25);
  });

  it('end with one problem for all when Route 53 takes nothing, and go up the next time', async () => {
    const { sandbox, another } = await openRoute53World({ changeConflicts: 1 });
    const zones = another({ budgetMs: 300, pause: async () => {} });
    const some = challenges.slice(0, 5);
    const ends = await Promise.allSettled(some.map((name) => zones.add({ name, value: 'v' })));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.name)).toEqual(some.map(() => 'dns-throttled'));
    sandbox.turn({ changeConflicts: 0 });
    await Promise.all(some.map((name) => zones.add({ name, value: 'v' })));
    for (const name of some) expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
  });
});

describe('what comes while a batch is under way', () => {
  it('goes with the next, all of it', async () => {
    const late: Promise<void>[] = [];
    const { sandbox, zones, batches } = await openWatched((batch) => {
      if (batch !== 1) return;
      for (const name of challenges.slice(1)) late.push(zones.add({ name, value: 'v' }));
    });
    await zones.add({ name: challenges[0] ?? '', value: 'v' });
    await Promise.all(late);
    expect([late.length, batches()]).toEqual([45, 2]);
    for (const name of challenges) expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
  });
});

describe('a process that is cut off', () => {
  it.each(['before', 'after'])('%s its batch is carried out does all of it when it comes again', async (when) => {
    const { sandbox, zones, another } = await (async () => {
      const world = await openRoute53World();
      const client = route53Client({ endpoint: world.sandbox.endpoint, credentials: world.sandbox.accessKey });
      onTestFinished(() => client.destroy());
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName !== ChangeResourceRecordSetsCommand.name) return next(args);
          if (when === 'after') await next(args);
          throw new Error('cut off');
        },
        { step: 'initialize' },
      );
      return { ...world, zones: world.another({ client }) };
    })();
    const some = challenges.slice(0, 5);
    const ends = await Promise.allSettled(some.map((name) => zones.add({ name, value: 'v' })));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.message)).toEqual(some.map(() => 'cut off'));
    const again = another();
    await Promise.all(some.map((name) => again.add({ name, value: 'v' })));
    for (const name of some) expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
    expect(sandbox.counts.changes).toBe(1);
  });
});

describe('the zone of a name, in an account of several hundred', () => {
  const customers = Array.from({ length: 300 }, (_, index) => `c${String(index).padStart(3, '0')}.example`);

  it('is found with at most one request a label, and remembered for its neighbours', async () => {
    const { sandbox, zones } = await openRoute53World();
    for (const name of customers) sandbox.addZone(name);
    const asked = () => sandbox.counts.requests.ListHostedZonesByName;
    expect(await zones.findZone('_acme-challenge.a.b.c150.example')).toBe('c150.example');
    expect(asked()).toBe(2);
    expect(await zones.findZone('other.c150.example')).toBe('c150.example');
    expect(await zones.findZone('pbx.c151.example')).toBe('c151.example');
    expect(await zones.findZone('pbx.c050.example')).toBe('c050.example');
    expect(asked()).toBe(2);
    expect(await Promise.all(challenges.map((name) => zones.findZone(name)))).toEqual(challenges.map(() => zone));
    expect(asked()).toBe(3);
    expect(await zones.findZone('a.b.c.nobody.aaa')).toBeUndefined();
    expect(asked()).toBe(4);
  });

  it('is asked for once by those who ask together, also where there is none', async () => {
    const { sandbox, zones } = await openRoute53World();
    const found = await Promise.all(hostnames.map((name) => zones.findZone(`${name}.nowhere`)));
    expect([new Set(found), sandbox.counts.requests.ListHostedZonesByName]).toEqual([new Set([undefined]), 1]);
  });
});
