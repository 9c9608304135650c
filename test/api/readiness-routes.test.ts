// The readiness report over HTTP: asked for, read as JSON, printed as a page that runs and fetches nothing.

import { expect, it } from 'vitest';
import type { ReadinessFacts } from '../../src/domain/readiness.ts';
import { lookKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

const PATH = '/v1/servers/pbx.northwind.test/readiness';
const chain = {
  fingerprint: 'aa',
  trusted: false,
  distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  names: ['<script>alert(1)</script>'],
  issuer: 'CN="><img src=x onerror=y>',
  notBefore: '2027-01-01T00:00:00Z',
  notAfter: '2028-01-01T00:00:00Z',
  protocol: 'TLSv1.2',
};
const facts: ReadinessFacts = {
  hostname: 'pbx.northwind.test',
  sitePort: 21_326,
  publicIp: '20.30.40.50',
  address: { kind: 'seen', value: ['20.30.40.50'] },
  dnssec: { kind: 'seen', value: 'sound' },
  caa: { kind: 'seen', value: undefined },
  outside: { kind: 'seen', value: { kind: 'served', chain } },
  asApple: { kind: 'seen', value: { kind: 'served', chain } },
  inside: { kind: 'not-checked', why: 'no SSH' },
  names: { kind: 'not-checked', why: 'no SSH' },
  pushServer: { kind: 'not-checked', why: 'no SSH' },
};

async function reported(): Promise<ApiWorld> {
  const world = new ApiWorld();
  await world.addServer();
  const askedAt = BEGIN.toISOString();
  await world.inventory.add(lookKey(NORTHWIND, 'pbx.northwind.test'), {
    askedAt,
    report: { askedAt, seenAt: askedAt, facts },
  });
  return world;
}

it('a look is asked for and begun once', async () => {
  const world = new ApiWorld();
  await world.addServer();
  const first = await world.ask('POST', '/v1/servers/PBX.northwind.test./readiness');
  expect([first.status, first.json]).toEqual([202, { hostname: 'pbx.northwind.test', askedAt: BEGIN.toISOString() }]);
  await world.ask('POST', PATH);
  expect(new Set(world.executions.started.map(({ name }) => name)).size).toBe(1);
  expect(world.executions.started[0]).toMatchObject({
    workflow: 'look-at-server',
    name: expect.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
    input: { partner: NORTHWIND, hostname: 'pbx.northwind.test' },
  });
  const early = await world.ask('GET', PATH);
  expect([early.status, early.json.detail]).toEqual([404, expect.stringContaining('nobody has looked at')]);
});

it('a report is read with its verdicts, and by nobody else', async () => {
  const world = await reported();
  const { status, json } = await world.ask('GET', PATH);
  expect([status, json.verdicts]).toEqual([200, { iphone: 'no', android: 'no', browser: 'no', desktop: 'yes' }]);
  expect(json.findings[0]).toMatchObject({ code: 'chain-untrusted', severity: 'stops', who: 'emetrotel' });
  expect((await world.ask('GET', PATH, { partner: SOUTHWIND })).status).toBe(404);
});

it('a report is printed with the words of strangers as words', async () => {
  const world = await reported();
  const { status, text, headers } = await world.ask('GET', PATH, { headers: { accept: 'text/html' } });
  expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(text).toContain('<tr><th scope="row">iPhone</th><td>does not connect</td></tr>');
  expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  expect(text).not.toMatch(/<(?:a|img|link|script|form|iframe|object|base)\b|url\(|@import/i);
});
