// One order from the request to the proof, through the functions as they are deployed: the API, the durable run, every step, over moto, Pebble and the sandbox's server.

import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../lambdas/http-event.ts';
import { type OrderAnswer, sandboxOrder } from '../../src/sandbox/order-client.ts';
import { proveServed } from '../../src/sandbox/served-proof.ts';
import { type BundledService, SERVER, startBundledService } from '../support/bundled-service.ts';
import { accessClaims, httpEvent } from '../support/lambda-events.ts';
import { useMoto } from '../support/moto.ts';

const moto = useMoto();
const claims = accessClaims('emetrotel', ['orders:read', 'orders:write']);
const PATIENCE_MS = 240_000;

describe('the service as it is deployed', () => {
  it('takes an order and ends with a certificate that a strict client accepts', { timeout: 400_000 }, async () => {
    const service = await startBundledService(moto);
    const placed = await ask(service, 'POST /v1/orders', sandboxOrder(SERVER.hostname, SERVER.publicIp, new Date()));
    expect(placed.statusCode, placed.body).toBeLessThan(300);
    const { id } = JSON.parse(placed.body) as OrderAnswer;

    await ended(service, id);
    const { status } = await service.engine.whenEnded(id);
    const { body } = await ask(service, `GET /v1/orders/${id}`);
    const order = JSON.parse(body) as OrderAnswer;
    expect([order.state, status, order.problem], service.log()).toEqual(['done', 'SUCCEEDED', undefined]);
    const proof = await proveServed(SERVER.hostname, service.ucx.outsidePort, service.pebble.issuingRootPem);
    expect(proof.fingerprint.replaceAll(':', '').toLowerCase()).toBe(order.fingerprint);

    expect(await service.route53.valuesAt(SERVER.hostname, 'A')).toEqual([SERVER.publicIp]);
    expect(await service.route53.valuesAt(`_acme-challenge.${SERVER.hostname}`, 'TXT')).toEqual([]);
    expect(service.ucx.counts().restarts).toBe(1);
    expect(order.notices.map(({ kind }) => kind)).toContain('certificate-served');
    expect(service.refused).toEqual([]);

    const history = JSON.stringify(await service.engine.history(id));
    for (const text of [history, service.log(), JSON.stringify(order)]) expect(text).not.toMatch(/PRIVATE KEY/);
    expect(service.log()).not.toMatch(/"level":"ERROR"/);
  });
});

function ask(service: BundledService, asked: string, body?: object): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'first' };
  const event = httpEvent(asked, { claims, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return service.invoke('api', event) as Promise<HttpAnswer>;
}

/** Asks the API until it is closed. */
async function ended(service: BundledService, id: string): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const { body } = await ask(service, `GET /v1/orders/${id}`);
    const order = JSON.parse(body) as OrderAnswer;
    if (['done', 'needs-attention', 'cancelled'].includes(order.state)) return;
    if (performance.now() > endsAt) throw new Error(`still ${order.state}: ${body}\n${service.log()}`);
    await pause(250);
  }
}
