// Bad orders: each gets a 4xx with a code, the field and what would be right, and leaves nothing behind.

import { describe, expect, it } from 'vitest';
import { claimKey } from '../../src/steps/records.ts';
import { type Answer, ApiWorld, goodOrder, SOUTHWIND } from '../support/api-world.ts';

const policy = goodOrder.windowPolicy;
const windows = (start: string, end: string) => ({ ...policy, windows: [{ day: 'sunday', start, end }] });
const label63 = 'a'.repeat(63);

function expectProblem(answer: Answer, problem: { status: number; code: string; field?: string | undefined }): void {
  expect(answer.json).toMatchObject({ code: problem.code, status: problem.status });
  expect(answer.status).toBe(problem.status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.json).toMatchObject({ type: `urn:ucx-certs:problem:${problem.code}`, title: expect.any(String) });
  if (problem.field !== undefined) expect(answer.json.field).toBe(problem.field);
  expect(answer.text).not.toMatch(/Bearer ey|\.ts:|node_modules/);
}

function expectNothingLeft(world: ApiWorld): void {
  expect(world.inventory.writes).toEqual([]);
  expect(world.executions.started).toEqual([]);
  expect(world.log.lines().filter((line) => line.level === 'error')).toEqual([]);
}

describe('an order', () => {
  it.each<{ with: string; change: object; status: number; code: string; field: string; says: string }>([
    {
      with: 'an IP for a hostname',
      change: { hostname: '203.0.113.10' },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'so give the full name of the server',
    },
    {
      with: 'the factory name',
      change: { hostname: 'localhost.localdomain' },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'set the full name of the server',
    },
    {
      with: 'an underscore',
      change: { hostname: 'my_pbx.northwind.test' },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'use a hyphen',
    },
    {
      with: 'a second name that is none',
      change: { alternativeNames: ['phones.northwind.test', '*.northwind.test'] },
      status: 400,
      code: 'bad-request',
      field: 'alternativeNames.1',
      says: 'give the one name of this server',
    },
    {
      with: 'the hostname once more',
      change: { alternativeNames: ['PBX.northwind.test.'] },
      status: 400,
      code: 'bad-request',
      field: 'alternativeNames.0',
      says: 'give each name once',
    },
    {
      with: 'a name twice',
      change: { alternativeNames: ['a.northwind.test', 'a.northwind.test'] },
      status: 400,
      code: 'bad-request',
      field: 'alternativeNames.1',
      says: 'give each name once',
    },
    {
      with: 'a second name in a zone of others',
      change: { alternativeNames: ['phones.southwind.test'] },
      status: 422,
      code: 'name-not-allowed',
      field: 'alternativeNames.0',
      says: '"phones.southwind.test" lies in no zone granted to you',
    },
    {
      with: 'a standby at the address of its cluster',
      change: { standby: { publicIp: '20.30.40.50' } },
      status: 400,
      code: 'bad-request',
      field: 'standby.publicIp',
      says: 'own address',
    },
    {
      with: 'a standby at no public address',
      change: { standby: { publicIp: '192.168.1.201' } },
      status: 422,
      code: 'address-not-public',
      field: 'standby.publicIp',
      says: 'private',
    },
    {
      with: 'a bypass without an end',
      change: { bypass: { reason: 'trial' } },
      status: 400,
      code: 'bad-request',
      field: 'bypass.until',
      says: 'is no moment; write ISO 8601',
    },
    {
      with: 'a bypass whose end is far',
      change: { bypass: { reason: 'trial', until: '2027-05-01T00:00:00Z' } },
      status: 400,
      code: 'bad-request',
      field: 'bypass.until',
      says: 'must lie ahead, within 60 days',
    },
    {
      with: 'a bypass that has ended',
      change: { bypass: { reason: 'trial', until: '2027-01-01T00:00:00Z' } },
      status: 400,
      code: 'bad-request',
      field: 'bypass.until',
      says: 'must lie ahead',
    },
    {
      with: 'ten more names',
      change: { alternativeNames: Array.from({ length: 10 }, (_, i) => `n${i}.northwind.test`) },
      status: 400,
      code: 'bad-request',
      field: 'alternativeNames',
      says: 'has more than 9 names',
    },
    {
      with: 'a wildcard',
      change: { hostname: '*.northwind.test' },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'give the one name of this server',
    },
    {
      with: 'a long label',
      change: { hostname: `${label63}a.northwind.test` },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'a label has at most 63',
    },
    {
      with: 'a long name',
      change: { hostname: `${`${label63}.`.repeat(4)}northwind.test` },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'a DNS name has at most 253',
    },
    {
      with: 'a name beyond measure',
      change: { hostname: 'a'.repeat(1_001) },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: '<=1000 characters',
    },
    {
      with: 'an IDN',
      change: { hostname: 'bücher.northwind.test' },
      status: 400,
      code: 'bad-request',
      field: 'hostname',
      says: 'give it as A-labels: xn--bcher-kva.northwind.test',
    },
    {
      with: 'a name in no zone granted',
      change: { hostname: 'pbx.elsewhere.test' },
      status: 422,
      code: 'name-not-allowed',
      field: 'hostname',
      says: 'granted: northwind.test, shared.test',
    },
    {
      with: 'a name in another partner’s zone',
      change: { hostname: 'pbx.southwind.test' },
      status: 422,
      code: 'name-not-allowed',
      field: 'hostname',
      says: 'lies in no zone granted to you',
    },
    {
      with: 'a freeze on a day that does not exist',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2027-02-29', to: '2027-03-01' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates.0.from',
      says: 'write YYYY-MM-DD',
    },
    {
      with: 'a freeze that ends before it begins',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2027-02-02', to: '2027-02-01' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates.0',
      says: 'ends before it begins',
    },
    {
      with: 'a freeze of a quarter',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2027-03-01', to: '2027-05-31' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates.0',
      says: 'has 92 days; a freeze has at most 60',
    },
    {
      with: 'a freeze in years',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2037-02-01', to: '2037-02-02' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates.0',
      says: 'ends more than 732 days from now',
    },
    {
      with: 'a freeze at an hour',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2027-02-01T10:00', to: '2027-02-02' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates.0.from',
      says: 'write YYYY-MM-DD',
    },
    {
      with: '51 freezes',
      change: { windowPolicy: { ...policy, freezeDates: Array(51).fill({ from: '2027-02-01', to: '2027-02-02' }) } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.freezeDates',
      says: 'has more than 50 freezes',
    },
    {
      with: 'a freeze longer than a certificate waits',
      change: { windowPolicy: { ...policy, freezeDates: [{ from: '2027-03-01', to: '2027-03-28' }] } },
      status: 422,
      code: 'window-too-late',
      field: 'windowPolicy',
      says: 'leaves 25.5; it fits no lifetime in use',
    },
    {
      with: 'more postponements than an execution has room for',
      change: { windowPolicy: { ...policy, maxPostponements: 10 } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.maxPostponements',
      says: '<=9',
    },
    {
      with: 'a yes of everyone',
      change: { windowPolicy: { ...policy, confirmation: 'everyone' } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.confirmation',
      says: 'ops',
    },
    {
      with: 'an emergency of its own',
      change: { windowPolicy: { ...policy, emergency: 'never' } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.emergency',
      says: 'restart',
    },
    {
      with: 'a wish of its own for calls that go on',
      change: { windowPolicy: { ...policy, whenCallsPersist: 'drop' } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.whenCallsPersist',
      says: 'postpone',
    },
    {
      with: 'a server that is in service maybe',
      change: { inService: 'no' },
      status: 400,
      code: 'bad-request',
      field: 'inService',
      says: 'boolean',
    },
    {
      with: 'a private address',
      change: { publicIp: '192.168.1.10' },
      status: 422,
      code: 'address-not-public',
      field: 'publicIp',
      says: 'is private (RFC 1918); give the address at which phones reach the server',
    },
    {
      with: 'a loopback address',
      change: { publicIp: '::1' },
      status: 422,
      code: 'address-not-public',
      field: 'publicIp',
      says: 'is loopback',
    },
    {
      with: 'a name for an address',
      change: { publicIp: 'pbx.northwind.test' },
      status: 422,
      code: 'address-not-public',
      field: 'publicIp',
      says: 'is not an IP address',
    },
    {
      with: 'port 0',
      change: { sitePort: 0 },
      status: 400,
      code: 'bad-request',
      field: 'sitePort',
      says: 'give 1 to 65535',
    },
    {
      with: 'port 70000',
      change: { sitePort: 70_000 },
      status: 400,
      code: 'bad-request',
      field: 'sitePort',
      says: 'give 1 to 65535',
    },
    {
      with: 'half a port',
      change: { sitePort: 21_326.5 },
      status: 400,
      code: 'bad-request',
      field: 'sitePort',
      says: 'is no whole number',
    },
    {
      with: 'a port in quotes',
      change: { sitePort: '21326' },
      status: 400,
      code: 'bad-request',
      field: 'sitePort',
      says: 'whole number',
    },
    {
      with: 'a window that never opens',
      change: { windowPolicy: windows('02:00', '02:05') },
      status: 422,
      code: 'window-never-opens',
      field: 'windowPolicy.windows',
      says: 'give a window that is longer',
    },
    {
      with: 'a window that opens too late',
      change: { windowPolicy: { ...policy, minimumNoticeSeconds: 29 * 86_400 } },
      status: 422,
      code: 'window-too-late',
      field: 'windowPolicy',
      says: 'a certificate of 45 days leaves 12.8',
    },
    {
      with: 'no window',
      change: { windowPolicy: { ...policy, windows: [] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.windows',
      says: 'needs one weekly window',
    },
    {
      with: 'too many windows',
      change: { windowPolicy: { ...policy, windows: Array(22).fill(policy.windows[0]) } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.windows',
      says: 'has more than 21 windows',
    },
    {
      with: 'a time that is none',
      change: { windowPolicy: windows('25:00', '04:00') },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.windows.0.start',
      says: 'write HH:MM, like 02:30',
    },
    {
      with: 'a day that is none',
      change: { windowPolicy: { ...policy, windows: [{ day: 'someday', start: '01:00', end: '02:00' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.windows.0.day',
      says: '"monday"|"tuesday"',
    },
    {
      with: 'a zone that is none',
      change: { windowPolicy: { ...policy, timeZone: 'Mars/Olympus' } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.timeZone',
      says: 'give one like America/Toronto',
    },
    {
      with: 'a notice below nothing',
      change: { windowPolicy: { ...policy, minimumNoticeSeconds: -1 } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.minimumNoticeSeconds',
      says: '>=0',
    },
    {
      with: 'nobody to tell',
      change: { contacts: [] },
      status: 400,
      code: 'bad-request',
      field: 'contacts',
      says: 'needs somebody who can be told',
    },
    {
      with: 'too many to tell',
      change: { contacts: Array(21).fill({ email: 'a@b.test' }) },
      status: 400,
      code: 'bad-request',
      field: 'contacts',
      says: 'has more than 20 contacts',
    },
    {
      with: 'no address of a contact',
      change: { contacts: [{ name: 'Ana' }] },
      status: 400,
      code: 'bad-request',
      field: 'contacts.0.email',
      says: 'is no e-mail address',
    },
    {
      with: 'two addresses in one',
      change: { contacts: [{ email: 'a@b.test, c@d.test' }] },
      status: 400,
      code: 'bad-request',
      field: 'contacts.0.email',
      says: 'write one plain address',
    },
    {
      with: 'an address no mail server takes',
      change: { contacts: [{ email: `${'a'.repeat(65)}@b.test` }] },
      status: 400,
      code: 'bad-request',
      field: 'contacts.0.email',
      says: 'write one plain address',
    },
    {
      with: 'a header in a name',
      change: { contacts: [{ name: 'Ana\r\nBcc: x@y.test', email: 'a@b.test' }] },
      status: 400,
      code: 'bad-request',
      field: 'contacts.0.name',
      says: 'has control characters or line ends',
    },
    {
      with: 'a customer who turns the writing',
      change: { customer: 'North\u202ednuw' },
      status: 400,
      code: 'bad-request',
      field: 'customer',
      says: 'has control characters or line ends',
    },
    {
      with: 'a customer of half a character',
      change: { customer: 'North\ud800' },
      status: 400,
      code: 'bad-request',
      field: 'customer',
      says: 'has control characters',
    },
    {
      with: 'a customer of blanks',
      change: { customer: '   ' },
      status: 400,
      code: 'bad-request',
      field: 'customer',
      says: 'is empty',
    },
    {
      with: 'no customer',
      change: { customer: undefined },
      status: 400,
      code: 'bad-request',
      field: 'customer',
      says: 'is missing',
    },
    {
      with: 'an unknown profile',
      change: { connectionProfile: 'telnet' },
      status: 422,
      code: 'profile-unknown',
      field: 'connectionProfile',
      says: 'known: ucx-ssh',
    },
    {
      with: 'a profile every object has',
      change: { connectionProfile: 'constructor' },
      status: 422,
      code: 'profile-unknown',
      field: 'connectionProfile',
      says: 'known: ucx-ssh',
    },
    {
      with: 'an unknown authority',
      change: { authority: 'myca' },
      status: 400,
      code: 'bad-request',
      field: 'authority',
      says: 'known: letsencrypt, letsencrypt-staging',
    },
    {
      with: 'an unknown type of key',
      change: { keyType: 'rsa-1024' },
      status: 400,
      code: 'bad-request',
      field: 'keyType',
      says: '"rsa-2048"|"ec-p256"',
    },
    {
      with: 'an unknown field',
      change: { sitePrt: 1 },
      status: 400,
      code: 'bad-request',
      field: 'sitePrt',
      says: 'is not a field of this request; leave it out',
    },
    {
      with: 'an unknown field further in',
      change: { windowPolicy: { ...policy, windows: [{ ...policy.windows[0], dya: 'monday' }] } },
      status: 400,
      code: 'bad-request',
      field: 'windowPolicy.windows.0.dya',
      says: 'is not a field of this request',
    },
  ])('with $with is refused at its field, with the remedy', async ({ change, status, code, field, says }) => {
    const world = new ApiWorld();
    const answer = await world.place(change);
    expectProblem(answer, { status, code, field });
    expect(answer.json.detail).toContain(says);
    expectNothingLeft(world);
  });

  it('of another partner’s hostname is refused, also in a zone both may use', async () => {
    const world = new ApiWorld();
    await world.inventory.add(claimKey('pbx.shared.test'), { partner: SOUTHWIND });
    world.inventory.writes.length = 0;
    const answer = await world.place({ hostname: 'PBX.shared.test' });
    expectProblem(answer, { status: 409, code: 'name-taken', field: 'hostname' });
    expect(answer.text).not.toContain(SOUTHWIND);
    expectNothingLeft(world);
  });

  it('names every wrong field at once, and no more than a person reads', async () => {
    const world = new ApiWorld();
    const answer = await world.place({ sitePort: 0, customer: '', extra: 1 });
    expect(answer.json.errors.map((error: { field: string }) => error.field).sort()).toEqual([
      'customer',
      'extra',
      'sitePort',
    ]);
    const many = await world.place(Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x${i}`, i])));
    expect(many.json.errors).toHaveLength(20);
    const contacts = Array(20).fill({ name: '', email: 'x', phone: 1 });
    expect((await world.place({ contacts })).json.errors).toHaveLength(20);
    const long = await world.place({ [`${'x'.repeat(10_000)}\u009b`]: 1 });
    expect(long.text.length).toBeLessThan(1_000);
    expectNothingLeft(world);
  });

  it('may not bring a prototype along', async () => {
    const world = new ApiWorld();
    const raw = JSON.stringify(goodOrder).replace('{', '{"__proto__":{"sitePort":1},');
    const answer = await world.place({}, 'k1', { raw });
    expectProblem(answer, { status: 400, code: 'bad-request', field: '__proto__' });
    expectNothingLeft(world);
  });

  it('never hears back what it said in a field that should not be there', async () => {
    const world = new ApiWorld();
    const secret = 'hunter2-hunter2';
    const answers = [
      await world.place({ password: secret }),
      await world.place({ customer: { name: secret } }),
      await world.place({ sitePort: secret }),
      await world.place({ contacts: [{ email: secret }] }),
      await world.place({}, 'k1', { raw: `{"customer": "${secret}` }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(secret);
    }
    expect(JSON.stringify(world.log.lines())).not.toContain(secret);
  });
});

describe('the idempotency key', () => {
  it.each([
    { with: 'none', key: undefined, says: 'is missing; give one value per order' },
    { with: 'an empty one', key: '', says: 'is 1 to 200 printable characters' },
    { with: 'a long one', key: 'k'.repeat(201), says: 'is 1 to 200 printable characters' },
    { with: 'blanks in it', key: 'a b', says: 'is 1 to 200 printable characters' },
  ])('must be there and printable: $with', async ({ key, says }) => {
    const world = new ApiWorld();
    const answer = await world.place({}, 'k1', { headers: { 'idempotency-key': key } });
    expectProblem(answer, { status: 400, code: 'bad-request', field: 'idempotency-key' });
    expect(answer.json.detail).toContain(says);
    expectNothingLeft(world);
  });

  it('used for another request is refused, and the first order stays as it is', async () => {
    const world = new ApiWorld();
    const first = await world.place();
    world.inventory.writes.length = 0;
    const answer = await world.place({ sitePort: 443 });
    expectProblem(answer, { status: 409, code: 'idempotency-conflict', field: 'idempotency-key' });
    expect(world.inventory.writes).toEqual([]);
    expect((await world.keptOrder(first.json.id)).request.sitePort).toBe(21_326);
    expect(world.executions.started).toHaveLength(1);
  });
});

describe('a body', () => {
  const order = JSON.stringify(goodOrder);
  const twoMegabytes = `${order}${' '.repeat(2 * 1024 * 1024)}`;
  const stream = (text: string) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < text.length; at += 10_000) controller.enqueue(Buffer.from(text.slice(at, at + 10_000)));
        controller.close();
      },
    });

  it.each([
    {
      what: '2 MB',
      raw: twoMegabytes,
      headers: { 'content-length': String(twoMegabytes.length) },
      status: 413,
      code: 'body-too-large',
    },
    { what: '2 MB that does not say so', raw: stream(twoMegabytes), status: 413, code: 'body-too-large' },
    { what: '1.5 MB and a byte', raw: order.padEnd(1_572_865), status: 413, code: 'body-too-large' },
    { what: 'cut off', raw: order.slice(0, -1), status: 400, code: 'bad-request' },
    { what: 'no JSON', raw: 'hostname=pbx.northwind.test', status: 400, code: 'bad-request' },
    { what: 'empty', raw: '', status: 400, code: 'bad-request' },
    { what: 'a list', raw: `[${order}]`, status: 400, code: 'bad-request' },
    { what: 'null', raw: 'null', status: 400, code: 'bad-request' },
    { what: 'a text', raw: '"order"', status: 400, code: 'bad-request' },
    { what: 'brackets to the bottom', raw: `{"hostname":${'['.repeat(30_000)}`, status: 400, code: 'bad-request' },
    {
      what: 'a form',
      raw: 'hostname=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      what: 'JSON called text',
      raw: order,
      headers: { 'content-type': 'text/plain' },
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      what: 'JSON called nothing',
      raw: Buffer.from(order),
      headers: { 'content-type': undefined },
      status: 415,
      code: 'unsupported-media-type',
    },
  ])('is refused when it is $what', async ({ raw, headers, status, code }) => {
    const world = new ApiWorld();
    const answer = await world.place({}, 'k1', {
      raw,
      ...(headers && { headers: { 'idempotency-key': 'k1', ...headers } }),
    });
    expectProblem(answer, { status, code, field: 'body' });
    expectNothingLeft(world);
  });

  it('is taken up to its limit, with or without a length, with a charset', async () => {
    for (const raw of [order.padEnd(1_572_864), stream(order.padEnd(1_572_864))]) {
      const world = new ApiWorld();
      const headers = { 'idempotency-key': 'k1', 'content-type': 'application/json; charset=utf-8' };
      expect((await world.place({}, 'k1', { raw, headers })).status).toBe(202);
    }
  });

  it('is not even read for a caller without a token', async () => {
    const world = new ApiWorld();
    const body = stream(twoMegabytes);
    const answer = await world.place({}, 'k1', { raw: body, headers: { authorization: undefined } });
    expectProblem(answer, { status: 401, code: 'unauthorized' });
    expect(world.inventory.writes).toEqual([]);
  });
});

describe('a path', () => {
  it.each([
    '%',
    '%00',
    '%ff',
    '%2e%2e%2f',
    '..%2f..%2fetc',
    '%F0%9F%98%80',
    '__proto__',
    'constructor',
    'P%23northwind%23ORDERS',
    '%0d%0aSet-Cookie:%20x',
  ])('with %s leads to no order, appointment or server', async (id) => {
    const world = new ApiWorld();
    for (const path of [`/v1/orders/${id}`, `/v1/servers/${id}`]) {
      const answer = await world.ask('GET', path);
      expectProblem(answer, { status: 404, code: 'not-found' });
      expect(answer.text).not.toMatch(/[\p{Cc}\p{Cf}]|nothing is kept/u);
    }
    expectProblem(await world.ask('POST', `/v1/appointments/${id}/confirm`), { status: 404, code: 'not-found' });
    expectNothingLeft(world);
  });

  it('that is too long is a bad request', async () => {
    const world = new ApiWorld();
    expectProblem(await world.ask('GET', `/v1/orders/${'a'.repeat(65)}`), {
      status: 400,
      code: 'bad-request',
      field: 'id',
    });
    expectProblem(await world.ask('GET', `/v1/servers/${'a'.repeat(255)}`), {
      status: 400,
      code: 'bad-request',
      field: 'hostname',
    });
  });

  it('that leads nowhere is not found; with another method it says which ones are taken', async () => {
    const world = new ApiWorld();
    expectProblem(await world.ask('GET', '/v1/nothing'), { status: 404, code: 'not-found' });
    expectProblem(await world.ask('GET', '/'), { status: 404, code: 'not-found' });
    expectProblem(await world.ask('GET', '/v1/orders/'), { status: 404, code: 'not-found' });
    const wrong = await world.ask('DELETE', '/v1/orders');
    expectProblem(wrong, { status: 405, code: 'method-not-allowed' });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(wrong.json.detail).toBe('"/v1/orders" takes GET, HEAD, POST, not DELETE');
    const get = await world.ask('GET', '/v1/appointments/x/confirm');
    expectProblem(get, { status: 405, code: 'method-not-allowed' });
    expect(get.headers.get('allow')).toBe('POST');
    expect((await world.ask('OPTIONS', '/v1/hold')).headers.get('allow')).toBe('DELETE, GET, HEAD, PUT');
  });

  it('asked for with HEAD answers as GET, without a body', async () => {
    const world = new ApiWorld();
    await world.place();
    const head = await world.ask('HEAD', '/v1/orders');
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'application/json']);
    expect((await world.ask('HEAD', '/v1/orders/none')).status).toBe(404);
  });
});

describe('a bug of ours', () => {
  it('tells the caller nothing and the log everything but the token', async () => {
    const world = new ApiWorld();
    world.inventory.find = () => Promise.reject(new Error('secret detail at /srv/x.ts:1'));
    const answer = await world.ask('GET', '/v1/orders/o1?token=abc');
    expect([answer.status, answer.json]).toEqual([
      500,
      {
        type: 'about:blank',
        title: 'internal error',
        status: 500,
        code: 'internal',
        detail: 'our fault; it has been logged',
      },
    ]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const [line] = world.log.lines();
    expect(line).toMatchObject({ level: 'error', sentence: 'request failed', fields: { path: '/v1/orders/o1' } });
    expect(line?.fields.error).toContain('secret detail');
    expect(JSON.stringify(line)).not.toMatch(/Bearer|eyJ|abc/);
  });

  it('is none when something we need is away: the caller may come again', async () => {
    const world = new ApiWorld();
    const away = Object.assign(new Error('the inventory does not answer'), { name: 'inventory-unavailable' });
    world.inventory.find = () => Promise.reject(away);
    expectProblem(await world.ask('GET', '/v1/orders/o1'), { status: 503, code: 'inventory-unavailable' });
    expect(world.log.lines()).toEqual([]);
  });
});
