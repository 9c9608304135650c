// The page by which the next certificate is sent: shown to whoever holds the link, taken once, for one server, and of no use once another is served.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../src/domain/certificate.ts';
import { readServerLink, signServerLink } from '../../src/domain/server-link.ts';
import { uploadLink } from '../../src/steps/notice-link.ts';
import { certificateKey, orderKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND } from '../support/api-world.ts';
import { buy, uploadOf } from '../support/bought-certificates.ts';
import { LINK_KEY } from '../support/order-world.ts';

const HOSTNAME = 'pbx.northwind.test';
let world: ApiWorld;
let certificate: Certificate;
let path: string;

beforeEach(async () => {
  world = new ApiWorld();
  const old = buy([HOSTNAME], BEGIN);
  const { id } = (await world.place({ certificate: uploadOf(old.leaf.pem, old.intermediate.pem, old.keyPem) })).json;
  const order = await world.keptOrder(id);
  const item = await world.inventory.find(orderKey(NORTHWIND, id));
  if (item === undefined) throw new Error('no order');
  await world.inventory.replace(item, { ...order, state: 'done' });
  certificate = {
    ...{ partner: NORTHWIND, hostname: HOSTNAME, orderId: id, authority: 'imported', fingerprint: 'a'.repeat(64) },
    ...{ notBefore: BEGIN.toISOString(), notAfter: '2027-03-01T00:00:00.000Z', restartLeadMs: 0, failures: 0 },
    askAgainAt: BEGIN.toISOString(),
  };
  await world.inventory.add(certificateKey(NORTHWIND, HOSTNAME), certificate);
  const settings = { linkBase: '' } as never;
  path = await uploadLink(certificate, { linkKeys: { list: async () => [LINK_KEY] }, settings });
});

const show = (at = path) => world.ask('GET', at, { headers: { authorization: undefined } });

async function send(fields: Readonly<Record<string, string | readonly string[]>>, at = path) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value);
    else for (const [i, text] of value.entries()) form.append(name, new File([text], `file-${i}.pem`));
  }
  const body = new Response(form);
  const raw = new Uint8Array(await body.arrayBuffer());
  const headers = { authorization: undefined, 'content-type': body.headers.get('content-type') ?? '' };
  return world.ask('POST', at, { raw, headers });
}

const imports = () => world.executions.started.length;

describe('the page', () => {
  it('shows which certificate ends when, and changes nothing', async () => {
    const { status, text, headers } = await show();
    expect(status).toBe(200);
    expect(text).toContain(`Next certificate of ${HOSTNAME}`);
    expect(text).toContain('2027-03-01T00:00:00.000Z');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(imports()).toBe(1);
  });

  it('takes the next certificate, once, and keeps its key out of everything but the vault', async () => {
    const next = buy([HOSTNAME], BEGIN);
    const files = [next.leaf.pem, next.intermediate.pem, next.keyPem];
    const taken = await send({ act: 'bring', files, password: '' });
    expect([taken.status, /as order ([a-z2-7]{26})\./.test(taken.text)]).toEqual([200, true]);
    const again = await send({ act: 'bring', files });
    expect(again.text).toBe(taken.text);
    expect(imports()).toBe(2);
    const id = /as order ([a-z2-7]{26})\./.exec(taken.text)?.[1] ?? '';
    expect(await world.keptOrder(id)).toMatchObject({ reason: 'import', request: { hostname: HOSTNAME } });
    const secret = next.keyPem.split('\n')[1] ?? '';
    expect(JSON.stringify(await world.keptOrder(id)) + JSON.stringify(world.log) + taken.text).not.toContain(secret);
  });

  it('says what is wrong with what was sent and what helps, and orders nothing', async () => {
    const { leaf, keyPem } = buy(['other.test'], BEGIN);
    const { status, text } = await send({ act: 'bring', files: [leaf.pem, keyPem] });
    expect(status).toBe(422);
    expect(text).toContain('it is for other.test, not for pbx.northwind.test.');
    expect(text).toContain('Send the intermediate certificates as well');
    expect((await send({ act: 'bring', files: ['<script>alert(1)</script>'] })).text).not.toContain('<script>');
    expect(imports()).toBe(1);
  });

  it('has it obtained from now on, by one button', async () => {
    const { status, text } = await send({ act: 'obtain' });
    expect(status).toBe(200);
    const id = /as order ([a-z2-7]{26})\./.exec(text)?.[1] ?? '';
    const order = await world.keptOrder(id);
    expect([order.reason, order.request.certificate]).toEqual(['provision', undefined]);
  });

  it.each([
    { what: 'nothing chosen', fields: { act: 'bring' } },
    { what: 'another act', fields: { act: 'delete' } },
  ])('with $what stays as it is', async ({ fields }) => {
    expect((await send(fields)).status).toBe(400);
    expect(imports()).toBe(1);
  });
});

describe('a link', () => {
  it('leads nowhere once another certificate is served, when its time is over, or when a character of it is another', async () => {
    const token = path.split('/').at(-1) ?? '';
    for (let i = 0; i < token.length; i += 7) {
      const other = token[i] === 'A' ? 'B' : 'A';
      const forged = `${token.slice(0, i)}${other}${token.slice(i + 1)}`;
      expect((await show(path.replace(token, forged))).status).toBe(404);
    }
    expect((await show(path.slice(0, -1))).status).toBe(404);
    const item = await world.inventory.find(certificateKey(NORTHWIND, HOSTNAME));
    if (item === undefined) throw new Error('no certificate');
    await world.inventory.replace(item, { ...certificate, fingerprint: 'b'.repeat(64) });
    expect((await show()).status).toBe(404);
    expect((await send({ act: 'obtain' })).status).toBe(404);
  });

  it('of another purpose or key is none', () => {
    const link = { partner: 'p', hostname: 'h', about: 'f', expires: 2_000_000_000 };
    const token = signServerLink('upload', link, LINK_KEY);
    expect(readServerLink('upload', token, [LINK_KEY], BEGIN)).toEqual(link);
    expect(readServerLink('names', token, [LINK_KEY], BEGIN)).toBeUndefined();
    expect(readServerLink('upload', token, [new Uint8Array(32).fill(1)], BEGIN)).toBeUndefined();
    expect(readServerLink('upload', token, [LINK_KEY], new Date(2_000_000_000_000))).toBeUndefined();
  });
});
