// A certificate is judged over HTTP, and ordered with: the key goes into the vault and nowhere else.

import { describe, expect, it } from 'vitest';
import { orderKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND } from '../support/api-world.ts';
import { buy, uploadOf } from '../support/bought-certificates.ts';

const HOSTNAME = 'pbx.northwind.test';
const bought = buy([HOSTNAME], BEGIN);
const all = uploadOf(bought.leaf.pem, bought.intermediate.pem, bought.keyPem);
const secret = bought.keyPem.split('\n')[1] ?? '';

describe('a check', () => {
  it('says that phones will connect, what would be served, and keeps nothing', async () => {
    const world = new ApiWorld();
    const { status, json, text } = await world.ask('POST', '/v1/certificates/check', {
      body: { hostname: HOSTNAME, ...all },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      verdict: 'phones-connect',
      findings: [],
      leaf: { names: [HOSTNAME], key: 'EC P-256', hasKey: true },
      root: 'Bought Root',
    });
    expect(json.chain.map(({ subject }: { subject: string }) => subject)).toEqual([HOSTNAME, 'Bought Intermediate']);
    expect([world.inventory.writes, text.includes(secret)]).toEqual([[], false]);
  });

  it('says what is wrong, in words and with what helps', async () => {
    const world = new ApiWorld();
    const body = { hostname: 'other.northwind.test', ...uploadOf(bought.leaf.pem) };
    const { json } = await world.ask('POST', '/v1/certificates/check', { body });
    expect(json.verdict).toBe('refused');
    expect(json.findings.map(({ code }: { code: string }) => code)).toEqual([
      'name-not-covered',
      'chain-incomplete',
      'key-not-given',
    ]);
    expect(json.findings[0].sentence).toContain('not for other.northwind.test');
  });

  it('names the file that cannot be read, and never what stands in it', async () => {
    const world = new ApiWorld();
    const answer = await world.ask('POST', '/v1/certificates/check', { body: uploadOf('dear sirs, find enclosed') });
    expect([answer.status, answer.json.code]).toEqual([422, 'upload-not-readable']);
    expect(answer.json.detail).toContain('file-1.pem');
    expect(answer.text).not.toContain('sirs');
  });

  it.each([
    { what: 'no file', body: { files: [] }, field: 'files' },
    { what: 'what is no base64', body: { files: [{ name: 'a', content: '*' }] }, field: 'files.0.content' },
    { what: 'an unknown field', body: { ...all, key: 'x' }, field: 'key' },
  ])('refuses $what with its field', async ({ body, field }) => {
    const { status, json } = await new ApiWorld().ask('POST', '/v1/certificates/check', { body });
    expect([status, json.field]).toEqual([400, field]);
  });
});

describe('an order with a certificate', () => {
  const ask = (world: ApiWorld, certificate: object, key = 'k1', change: object = {}) =>
    world.place({ certificate, ...change }, key);

  it('is accepted with its fingerprint, its key in the vault alone', async () => {
    const world = new ApiWorld();
    const { status, json, text } = await ask(world, all);
    expect([status, json.reason]).toEqual([202, 'import']);
    const order = (await world.inventory.find(orderKey(NORTHWIND, json.id)))?.value;
    expect(order?.request.certificate?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    if (order?.imported === undefined) throw new Error('nothing was imported');
    expect(Buffer.from(await world.vault.get(order.imported.keyRef)).toString()).toBe(bought.keyPem);
    const kept = Buffer.from(await world.vault.get(order.imported.chainRef)).toString();
    expect(kept.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    for (const place of [
      text,
      JSON.stringify(order),
      JSON.stringify(world.executions.started),
      JSON.stringify(world.log),
    ])
      expect(place).not.toContain(secret);
  });

  it('is the same order when it is sent again, in whatever shape, and no other under the same key', async () => {
    const world = new ApiWorld();
    const first = await ask(world, all);
    const again = await ask(world, uploadOf(`${bought.keyPem}${bought.intermediate.pem}${bought.leaf.pem}`));
    expect([again.status, again.json.id]).toEqual([200, first.json.id]);
    const other = buy([HOSTNAME], BEGIN);
    const conflict = await ask(world, uploadOf(other.leaf.pem, other.intermediate.pem, other.keyPem));
    expect([conflict.status, conflict.json.code]).toEqual([409, 'idempotency-conflict']);
  });

  it.each([
    { what: 'without its key', files: uploadOf(bought.leaf.pem, bought.intermediate.pem), code: 'key-missing' },
    { what: 'without its intermediate', files: uploadOf(bought.leaf.pem, bought.keyPem), code: 'chain-incomplete' },
  ])('is refused $what, and nothing is kept', async ({ files, code }) => {
    const world = new ApiWorld();
    const { status, json } = await ask(world, files);
    expect([status, json.code, json.field]).toEqual([422, 'certificate-refused', 'certificate']);
    expect(json.errors.map(({ detail }: { detail: string }) => detail.split(':')[0])).toEqual([code]);
    expect([world.inventory.writes, world.executions.started]).toEqual([[], []]);
  });

  it('needs every further name in it', async () => {
    const { json } = await ask(new ApiWorld(), all, 'k1', { alternativeNames: ['second.northwind.test'] });
    expect(json.detail).toContain('it is not for second.northwind.test');
  });

  it('needs no grant where the name is nobody’s, and never takes what is granted to another', async () => {
    const own = buy(['pbx.elsewhere.test'], BEGIN);
    const files = uploadOf(own.leaf.pem, own.intermediate.pem, own.keyPem);
    const world = new ApiWorld();
    expect((await ask(world, files, 'k1', { hostname: 'pbx.elsewhere.test' })).status).toBe(202);
    const theirs = buy(['pbx.southwind.test'], BEGIN);
    const taken = uploadOf(theirs.leaf.pem, theirs.intermediate.pem, theirs.keyPem);
    const refused = await ask(world, taken, 'k2', { hostname: 'pbx.southwind.test' });
    expect(refused.json.code).toBe('name-not-allowed');
  });
});

describe('a request (CSR)', () => {
  const csr = (world: ApiWorld, body: object = {}) => world.ask('POST', `/v1/servers/${HOSTNAME}/csr`, { body });

  it('is the same until it is answered, and another for another kind of key', async () => {
    const world = new ApiWorld();
    const first = await csr(world, { keyType: 'ec-p256' });
    expect([first.status, first.json.names]).toEqual([200, [HOSTNAME]]);
    expect(first.json.csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----/);
    expect((await csr(world, { keyType: 'ec-p256' })).json).toEqual(first.json);
    expect((await csr(world)).json.csr).not.toBe(first.json.csr);
    expect((await csr(world, { keyType: 'ec-p256', alternativeNames: ['b.northwind.test'] })).json.names).toEqual([
      HOSTNAME,
      'b.northwind.test',
    ]);
  });
});
