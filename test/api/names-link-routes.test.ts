// The page about the names of a server: what differs is shown to whoever has the link, and looked at again when somebody says it is changed.

import { beforeEach, expect, it } from 'vitest';
import type { NameFinding } from '../../src/domain/three-names.ts';
import { namesLink, uploadLink } from '../../src/steps/notice-link.ts';
import { changeItem, lookKey, serverKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND } from '../support/api-world.ts';
import { LINK_KEY } from '../support/order-world.ts';

const HOSTNAME = 'pbx.northwind.test';
const services = { linkKeys: { list: async () => [LINK_KEY] as const }, settings: { linkBase: '' } as never };
const BARE = { authorization: undefined };
let world: ApiWorld;
let path: string;

const finding: NameFinding = {
  code: 'site-url-address',
  kind: 'differs',
  seen: 'https://192.168.1.200',
  wanted: `https://${HOSTNAME}:21326`,
  sentence: 'the Site URL of InfinityOne is the <b>address</b> 192.168.1.200',
  remedy: `Change it to host name ${HOSTNAME}`,
};

beforeEach(async () => {
  world = new ApiWorld();
  const { id } = (await world.place()).json;
  await world.addServer();
  await changeItem(world.inventory, serverKey(NORTHWIND, HOSTNAME), (server) => ({
    ...server,
    names: { findings: [finding], seenAt: BEGIN.toISOString() },
  }));
  path = await namesLink(await world.keptOrder(id), services);
});

const show = (at = path) => world.ask('GET', at, { headers: BARE });
const press = (at = path) => world.ask('POST', at, { raw: 'act=look', headers: BARE });
const looks = () => world.executions.started.filter(({ workflow }) => workflow === 'look-at-server');

it('shows what differs and where it is changed, and looks at nothing', async () => {
  const { status, text, headers } = await show();
  expect(status).toBe(200);
  expect(text).toContain('the Site URL of InfinityOne is the &#60;b&#62;address&#60;/b&#62; 192.168.1.200.');
  expect(text).toContain(`Change it to host name ${HOSTNAME}.`);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(looks()).toEqual([]);
});

it('has the server looked at, once however often it is pressed, and says so until the look is over', async () => {
  expect([(await press()).status, (await press()).status]).toEqual([303, 303]);
  expect(new Set(looks().map(({ name }) => name)).size).toBe(1);
  expect((await show()).text).toContain('The server is being looked at');
  expect((await show()).text).not.toContain('<button');
  const askedAt = BEGIN.toISOString();
  await changeItem(world.inventory, lookKey(NORTHWIND, HOSTNAME), (look) => ({
    ...look,
    report: { askedAt, seenAt: askedAt, facts: {} as never },
  }));
  await changeItem(world.inventory, serverKey(NORTHWIND, HOSTNAME), (server) => ({
    ...server,
    names: { findings: [], seenAt: askedAt },
  }));
  const after = await show();
  expect(after.text).toContain('Nothing differs any more');
  expect(after.text).toContain('<button');
});

it('leads nowhere when it is forged, over, or a link for something else', async () => {
  const token = path.split('/').at(-1) ?? '';
  const certificate = { partner: NORTHWIND, hostname: HOSTNAME, fingerprint: 'a'.repeat(64), notAfter: '2027-03-01' };
  const upload = (await uploadLink(certificate as never, services)).split('/').at(-1) ?? '';
  for (const other of [`${token.slice(0, -1)}A`, token.slice(1), upload])
    expect((await show(path.replace(token, other))).status).toBe(404);
  world.now = new Date(BEGIN.getTime() + 61 * 86_400_000);
  expect([(await show()).status, (await press()).status]).toEqual([404, 404]);
  expect(looks()).toEqual([]);
});
