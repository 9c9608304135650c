// One order from the request to the proof, through the functions as they are deployed: the API, the durable run, every step, over moto, Pebble and the sandbox's server.

import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../lambdas/http-event.ts';
import { type OrderAnswer, sandboxOrder } from '../../src/sandbox/order-client.ts';
import { proveServed } from '../../src/sandbox/served-proof.ts';
import { type BundledService, SERVER, startBundledService } from '../support/bundled-service.ts';
import { functionNames } from '../support/bundles.ts';
import { accessClaims, httpEvent, snsEvent } from '../support/lambda-events.ts';
import { useMoto } from '../support/moto.ts';

const moto = useMoto();
const claims = accessClaims('emetrotel', ['orders:read', 'orders:write', 'servers:admin', 'service:admin']);
/** No other SSH key, no customer's own zone or certificate, no appointment that had to be waited for twice, an address that was new; tokens are Cognito's. */
const NOT_OF_THIS_ORDER = [
  'admit-ssh-key',
  'adopt-certificate',
  'await-dns',
  'await-site',
  'begin-ssh-part',
  'change-address',
  'draw-ssh-key',
  'end-ssh-round',
  'list-ssh-moves',
  'prove-ssh-key',
  'retire-ssh-key',
  'rotate-ssh-key',
  'serve-web',
  'shape-token',
];

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

    expect(await scheduled(service)).toEqual({
      'start-due-renewals': { looked: 1, ordered: 0, failed: 0 },
      'sweep-stuck-orders': { started: 0, nudged: 0, abandoned: 0 },
      'deliver-events': { delivered: 0, postponed: 0 },
      'watch-bypasses': { told: 0 },
      'probe-fleet': { probed: 0, observed: 0 },
    });
    const [notice] = order.notices.filter(({ to }) => to === 'ana@northwind.test');
    const bounced = (messageId = '') => service.invoke('note-bounce', snsEvent(sesBounce(messageId)));
    expect([await bounced(notice?.messageId), await bounced('<other@emetrotel.test>')]).toEqual([
      { noted: 1 },
      { noted: 0 },
    ]);

    for (const asked of [
      `POST /v1/servers/${SERVER.hostname}/readiness`,
      'POST /v1/authorities/pebble/roll-key',
      `POST /v1/orders/${id}/revoke`,
    ]) {
      const { statusCode, body: said } = await ask(
        service,
        asked,
        asked.endsWith('revoke') ? { reason: 'superseded' } : {},
      );
      expect(statusCode, `${asked} ${said}`).toBe(202);
      for (const { name } of await service.engine.list()) await service.engine.whenEnded(name);
    }
    const runs = await service.engine.list();
    const endings = runs.map(({ workflow, status, result }) => [workflow, [status, result]]);
    expect(Object.fromEntries(endings), service.log()).toEqual({
      'fulfil-order': ['SUCCEEDED', { state: 'done' }],
      'look-at-server': ['SUCCEEDED', { kept: true }],
      'roll-key': ['SUCCEEDED', { changed: true }],
      'revoke-certificate': ['SUCCEEDED', { revoked: true }],
    });
    expect(functionNames.filter((name) => !service.called().includes(name)).sort()).toEqual(NOT_OF_THIS_ORDER);
    expect(service.refused).toEqual([]);

    const histories = await Promise.all(runs.map(({ name }) => service.engine.history(name)));
    for (const text of [JSON.stringify(histories), service.log(), JSON.stringify(order)])
      expect(text).not.toMatch(/PRIVATE KEY/);
    expect(service.log()).not.toMatch(/"level":"ERROR"/);
  });
});

/** Each says it comes by now. */
async function scheduled(service: BundledService): Promise<Readonly<Record<string, unknown>>> {
  const event = { time: new Date().toISOString() };
  const names = [
    'start-due-renewals',
    'sweep-stuck-orders',
    'deliver-events',
    'watch-bypasses',
    'probe-fleet',
  ] as const;
  const answers = await Promise.all(names.map(async (name) => [name, await service.invoke(name, event)] as const));
  return Object.fromEntries(answers);
}

/** As SES publishes it; the Message-ID of ours is in a tag. */
function sesBounce(messageId: string): unknown {
  const bouncedRecipients = [{ emailAddress: 'ana@northwind.test', diagnosticCode: 'smtp; 550 5.1.1 user unknown' }];
  const tags = { 'message-id': [messageId.replace(/^<|>$/g, '')] };
  return {
    eventType: 'Bounce',
    mail: { messageId: '0100017a-ses-made-this', tags, headers: [], commonHeaders: {} },
    bounce: {
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients,
      timestamp: new Date().toISOString(),
    },
  };
}

function ask(service: BundledService, asked: string, body?: object): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': asked.replaceAll(/[^A-Za-z0-9]/g, '-') };
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
