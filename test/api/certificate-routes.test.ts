// How the renewal of a certificate stands, as its partner sees it and nobody else.

import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../src/domain/certificate.ts';
import { certificateKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

const day = (days: number) => new Date(BEGIN.getTime() + days * 24 * 3_600_000).toISOString();

const certificate: Certificate = {
  partner: NORTHWIND,
  hostname: 'pbx.northwind.test',
  orderId: 'o1',
  authority: 'letsencrypt',
  fingerprint: 'ab'.repeat(32),
  notBefore: day(-30),
  notAfter: day(60),
  restartLeadMs: 0,
  askAgainAt: day(0.25),
  advice: { ariCertId: 'a.b', start: day(29), end: day(31), explanationUrl: 'https://letsencrypt.org/why' },
  renewAt: day(30),
  failures: 1,
  lastFailure: { orderId: 'o2', at: day(-1), code: 'ca-caa-forbids', message: 'caa' },
  nextAttemptAt: day(-0.9),
  renewalOrderId: 'o2',
};

async function worldWith(...hostnames: readonly string[]): Promise<ApiWorld> {
  const world = new ApiWorld();
  for (const hostname of hostnames)
    await world.inventory.add(certificateKey(NORTHWIND, hostname), { ...certificate, hostname });
  return world;
}

const shown = {
  orderId: 'o1',
  authority: 'letsencrypt',
  fingerprint: 'ab'.repeat(32),
  notBefore: day(-30),
  notAfter: day(60),
  renewal: {
    rule: 'ari',
    dueAt: day(30),
    suggestedWindow: { start: day(29), end: day(31) },
    explanationUrl: 'https://letsencrypt.org/why',
    askAgainAt: day(0.25),
    orderId: 'o2',
    failures: 1,
    lastFailure: { orderId: 'o2', at: day(-1), code: 'ca-caa-forbids', message: 'caa' },
    nextAttemptAt: day(-0.9),
  },
};

describe('certificates', () => {
  it('are shown with their server', async () => {
    const world = await worldWith('pbx.northwind.test');
    await world.addServer();
    expect((await world.ask('GET', '/v1/servers/pbx.northwind.test')).json.certificate).toEqual(shown);
  });

  it('are listed by hostname, in pages', async () => {
    const world = await worldWith('b.northwind.test', 'a.northwind.test', 'c.northwind.test');
    const first = await world.ask('GET', '/v1/certificates?limit=2');
    expect(first.json.certificates).toEqual([
      { hostname: 'a.northwind.test', ...shown },
      { hostname: 'b.northwind.test', ...shown },
    ]);
    const second = await world.ask('GET', `/v1/certificates?limit=2&from=${encodeURIComponent(first.json.next)}`);
    expect(second.json.certificates).toEqual([{ hostname: 'c.northwind.test', ...shown }]);
  });

  it('are nobody else’s to see', async () => {
    const world = await worldWith('pbx.northwind.test');
    const other = await world.ask('GET', '/v1/certificates', { partner: SOUTHWIND });
    expect(other).toMatchObject({ status: 200, json: { certificates: [] } });
    expect((await world.ask('GET', '/v1/certificates', { scopes: ['orders:write'] })).status).toBe(403);
  });
});
