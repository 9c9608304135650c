// What an authority can say, right, wrong or in bad faith: AcmeAuthorities takes none of it for something else.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../../src/adapters/acme/acme-authorities.ts';
import { Problem } from '../../../src/domain/problem.ts';
import { makeRoot } from '../../support/leaves.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey } from '../../support/order-driver.ts';
import {
  openScripted,
  refusing,
  type ScriptedAuthority,
  scriptedAuthorization,
  scriptedChallenge,
  scriptedName,
  scriptedOrder,
  scriptedPlaced,
  startScriptedAuthority,
} from '../../support/scripted-authority.ts';

const csr = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n';
const inside = 'https://169.254.169.254/latest';

describe('AcmeAuthorities and what an authority says', () => {
  let server: ScriptedAuthority;
  const orderUrl = () => `${server.origin}/orders/1`;
  const challengeUrl = () => `${server.origin}/challenges/1`;
  const placed = (changes: Parameters<typeof scriptedPlaced>[1] = {}) => scriptedPlaced(server.origin, changes);
  const open = (changes: Parameters<typeof openScripted>[1] = {}) => openScripted(server, changes);

  beforeEach(async () => {
    server = await startScriptedAuthority();
  });

  afterEach(async () => {
    await server.close();
  });

  it.each([
    { type: 'rateLimited', status: 429, name: 'ca-rate-limited' },
    { type: 'rateLimited', status: 503, name: 'ca-rate-limited' },
    { type: 'serverInternal', status: 500, name: 'ca-busy' },
    { type: 'malformed', status: 502, name: 'ca-busy' },
    { type: 'malformed', status: 400, name: 'ca-refused' },
    { type: 'rejectedIdentifier', status: 400, name: 'ca-name-refused' },
    { type: 'unsupportedIdentifier', status: 400, name: 'ca-name-refused' },
    { type: 'caa', status: 403, name: 'ca-caa-forbids' },
    { type: 'unauthorized', status: 403, name: 'ca-account-refused' },
    { type: 'accountDoesNotExist', status: 400, name: 'ca-account-refused' },
    { type: 'userActionRequired', status: 403, name: 'ca-account-refused' },
    { type: 'orderNotReady', status: 403, name: 'ca-refused' },
    { type: 'neverHeardOf', status: 400, name: 'ca-refused' },
    { type: 'constructor', status: 400, name: 'ca-refused' },
  ])('takes $type with $status for $name and keeps the type in the message', async ({ type, status, name }) => {
    server.script('POST /orders', refusing(type, 'because', status, { 'Retry-After': '90' }));
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`${type}: because`),
      retryAfterMs: 90_000,
    });
  });

  it('takes a refusal without a problem document by its status', async () => {
    server.script('POST /orders', {
      status: 429,
      headers: { 'Retry-After': 'Mon, 23 Nov 2026 13:00:00 GMT' },
      body: '<html>',
    });
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-rate-limited',
      retryAfterMs: 3_600_000,
    });
  });

  it('lets the first subproblem speak for a compound one', async () => {
    const subproblems = [{ type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'not that one' }];
    const body = { type: 'urn:ietf:params:acme:error:compound', detail: 'several', subproblems };
    server.script('POST /orders', { status: 403, body });
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-name-refused',
      message: expect.stringContaining('not that one'),
    });
  });

  it('shows no control characters of an authority and at most 300 characters', async () => {
    server.script('POST /orders', refusing('malformed', `\u001b[2J\u202e\nroot# ${'x'.repeat(5000)}`));
    const problem = await (await open()).place({ names: [scriptedName] }).catch((error) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem.message).toMatch(/^[\x20-\x7e…]{1,400}$/);
  });

  it.each(['', 'null', '[]', '7', '{', '<html>'])('takes no order from "%s"', async (body) => {
    server.script('POST /orders', { status: 201, headers: { Location: orderUrl() }, body });
    await expect((await open()).place({ names: [scriptedName] })).rejects.toMatchObject({
      name: 'ca-answer-malformed',
    });
  });

  it.each([
    { what: 'another host', url: inside },
    { what: 'another port', url: 'https://localhost:1/orders/1' },
    { what: 'no TLS', url: 'http://localhost/orders/1' },
    { what: 'a file', url: 'file:///etc/passwd' },
    { what: 'a password in it', url: (origin: string) => origin.replace('//', '//a:b@') },
    { what: 'no URL', url: '/orders/1' },
    { what: 'a number', url: 7 },
    { what: 'an endless one', url: `https://localhost/${'x'.repeat(5000)}` },
  ])('goes nowhere the directory is not: $what', async (row) => {
    const url = typeof row.url === 'function' ? row.url(server.origin) : row.url;
    const authority = await open();
    const fields = ['authorizations', 'finalize'].map((field) => [field, field === 'finalize' ? url : [url]]);
    for (const [field, value] of fields) {
      server.script('POST /orders/1', (origin) => ({ body: scriptedOrder(origin, { [String(field)]: value }) }));
      await expect(authority.readOrder(orderUrl())).rejects.toMatchObject({
        name: 'ca-answer-malformed',
        field: expect.stringContaining(String(field)),
      });
    }
    const before = server.requests.length;
    const kept = String(url);
    for (const asking of [
      () => authority.readOrder(kept),
      () => authority.answer(kept),
      () => authority.download(kept),
      () => authority.finalize(placed({ finalizeUrl: kept }), csr),
      () => authority.readChallenges(placed({ authorizationUrls: [kept] })),
    ]) {
      await expect(asking()).rejects.toMatchObject({ name: 'ca-answer-malformed' });
    }
    expect(server.requests.length).toBe(before);
  });

  it('writes no TXT for a name that was not ordered', async () => {
    const authority = await open();
    server.script('POST /authorizations/1', (origin) => ({
      body: scriptedAuthorization(origin, { identifier: { type: 'dns', value: 'admin.northwind.test' } }),
    }));
    await expect(authority.readChallenges(placed())).rejects.toMatchObject({ field: 'authorization.identifier' });
    server.script('POST /authorizations/1', (origin) => ({ body: scriptedAuthorization(origin, { wildcard: true }) }));
    await expect(authority.readChallenges(placed())).rejects.toMatchObject({ field: 'authorization.identifier' });
  });

  it('takes a name that is proven already as such while another is not', async () => {
    server.script('POST /authorizations/2', (origin) => ({
      body: scriptedAuthorization(origin, {
        status: 'valid',
        identifier: { type: 'dns', value: 'www.northwind.test' },
        challenges: [],
      }),
    }));
    const two = placed({
      names: [scriptedName, 'www.northwind.test'],
      authorizationUrls: [1, 2].map((id) => `${server.origin}/authorizations/${id}`),
    });
    const { status, openChallenges } = await (await open()).readChallenges(two);
    expect([status, openChallenges.map(({ name }) => name)]).toEqual(['pending', [scriptedName]]);
  });

  it('keeps of the CAA identities those that are domain names, twenty at most', async () => {
    const { origin } = server;
    const identities = ['CA.test.', 7, 'no name', '-x.test', 'a'.repeat(300), ...Array(30).fill('b.test')];
    const urls = { newNonce: `${origin}/nonce`, newAccount: `${origin}/accounts`, newOrder: `${origin}/orders` };
    const rows = [
      { meta: { caaIdentities: identities }, found: ['ca.test', ...Array(19).fill('b.test')] },
      ...[undefined, {}, 7, null, { caaIdentities: 'ca.test' }].map((meta) => ({ meta, found: [] })),
    ];
    for (const { meta, found } of rows) {
      server.script('GET /dir', { body: { ...urls, meta } });
      const authorities = new AcmeAuthorities({
        network: loopbackNetwork,
        settings: { ca: { directoryUrl: server.directoryUrl, roots: [server.tlsRootPem] } },
      });
      expect(await authorities.describe('ca')).toEqual({ caaIdentities: found });
    }
  });

  it('takes no order for other names than it asked for', async () => {
    const authority = await open();
    await expect(authority.place({ names: [scriptedName, 'www.northwind.test'] })).rejects.toMatchObject({
      field: 'order.identifiers',
    });
  });

  it.each([
    { what: 'a token that is no base64url', changes: { token: '../../../../etc/passwd_______' } },
    { what: 'a token too short to be secret', changes: { token: 'abc' } },
    { what: 'no token', changes: { token: undefined } },
  ])('answers no challenge with $what', async ({ changes }) => {
    server.script('POST /authorizations/1', (origin) => ({
      body: scriptedAuthorization(origin, { challenges: [scriptedChallenge(origin, changes)] }),
    }));
    await expect((await open()).readChallenges(placed())).rejects.toMatchObject({ field: 'challenge.token' });
  });

  it('takes at most a hundred authorizations', async () => {
    server.script('POST /orders/1', (origin) => ({
      body: scriptedOrder(origin, { authorizations: Array(101).fill(`${origin}/authorizations/1`) }),
    }));
    await expect((await open()).readOrder(orderUrl())).rejects.toMatchObject({ field: 'order.authorizations' });
  });

  it.each(['invalid', 'expired', 'revoked', 'deactivated'])(
    'calls an order invalid whose authorization is %s',
    async (status) => {
      const error = { type: 'urn:ietf:params:acme:error:dns', detail: 'SERVFAIL' };
      server.script('POST /authorizations/1', (origin) => ({
        body: scriptedAuthorization(origin, {
          status,
          challenges: [scriptedChallenge(origin, { status: 'invalid', error })],
        }),
      }));
      expect(await (await open()).readChallenges(placed())).toEqual({
        status: 'invalid',
        openChallenges: [],
        refusal: { code: 'ca-order-invalid', detail: 'dns: SERVFAIL' },
        retryAfterMs: undefined,
      });
    },
  );

  it('says so when what is invalid gives no reason', async () => {
    const authority = await open();
    server.script('POST /orders/1', (origin) => ({ body: scriptedOrder(origin, { status: 'invalid' }) }));
    expect(await authority.readOrder(orderUrl())).toMatchObject({ status: 'invalid', refusal: undefined });
    server.script('POST /authorizations/1', (origin) => ({
      body: scriptedAuthorization(origin, { challenges: [scriptedChallenge(origin, { status: 'invalid' })] }),
    }));
    expect((await authority.readChallenges(placed())).refusal).toEqual({
      code: 'ca-order-invalid',
      detail: 'the authority gave no reason',
    });
  });

  it('waits as long as the slowest authorization says, and a day at most', async () => {
    const authority = await open();
    for (const id of [1, 2]) {
      server.script(`POST /authorizations/${id}`, (origin) => ({
        headers: { 'Retry-After': String(10 * id) },
        body: scriptedAuthorization(origin),
      }));
    }
    const authorizationUrls = [2, 1].map((id) => `${server.origin}/authorizations/${id}`);
    expect((await authority.readChallenges(placed({ authorizationUrls }))).retryAfterMs).toBe(20_000);
    server.script('POST /challenges/1', (origin) => ({
      headers: { 'Retry-After': '3' },
      body: scriptedChallenge(origin),
    }));
    expect(await authority.answer(challengeUrl())).toEqual({ retryAfterMs: 3_000 });
    server.script('POST /orders/1', (origin) => ({
      headers: { 'Retry-After': '9999999999' },
      body: scriptedOrder(origin),
    }));
    expect((await authority.readOrder(orderUrl())).retryAfterMs).toBe(86_400_000);
  });

  it.each([
    { what: '404', script: refusing('malformed', 'x', 404) },
    { what: '410', script: { status: 410 } },
    { what: 'malformed that says so', script: refusing('malformed', 'No such order') },
  ])('calls an order gone at $what', async ({ script }) => {
    server.script('POST /orders/1', script);
    const authority = await open();
    expect((await authority.readOrder(orderUrl())).status).toBe('gone');
    server.script('POST /authorizations/1', script);
    expect((await authority.readChallenges(placed())).status).toBe('gone');
    server.script('POST /orders/1/finalize', script);
    await expect(authority.finalize(placed(), csr)).rejects.toMatchObject({ name: 'ca-order-gone' });
  });

  it('does not call an order gone that was asked for wrongly, or by an account that is gone', async () => {
    const authority = await open();
    server.script('POST /orders/1', refusing('malformed', 'JWS verification error'));
    await expect(authority.readOrder(orderUrl())).rejects.toMatchObject({ name: 'ca-refused' });
    server.script('POST /orders/1', refusing('accountDoesNotExist', 'unknown key', 404));
    await expect(authority.readOrder(orderUrl())).rejects.toMatchObject({ name: 'ca-account-refused' });
  });

  it('finds no harm in a challenge the authority will not look at twice, and harm in one it will not look at at all', async () => {
    const authority = await open();
    let status = 'valid';
    let posts = 0;
    server.script('POST /challenges/1', (origin, request) => {
      posts += 1;
      if (posts % 2 === 0) return { body: scriptedChallenge(origin, { status }) };
      request.resume();
      return { status: 400, body: { type: 'urn:ietf:params:acme:error:malformed', detail: 'not pending' } };
    });
    await authority.answer(challengeUrl());
    status = 'pending';
    await expect(authority.answer(challengeUrl())).rejects.toMatchObject({ name: 'ca-refused' });
  });

  it.each(['http://localhost/dir', 'ftp://localhost', 'localhost', ''])(
    'takes no directory at "%s"',
    (directoryUrl) => {
      expect(() => new AcmeAuthorities({ network: loopbackNetwork, settings: { ca: { directoryUrl } } })).toThrowError(
        expect.objectContaining({ name: 'bad-request', field: 'settings.ca.directoryUrl' }),
      );
    },
  );

  it('takes `unauthorized` at finalize for a refusal of the CSR', async () => {
    server.script('POST /orders/1/finalize', refusing('unauthorized', 'names differ', 403));
    await expect((await open()).finalize(placed(), csr)).rejects.toMatchObject({
      name: 'ca-refused',
      message: expect.stringContaining('unauthorized: names differ'),
    });
  });

  it.each([
    { status: 'ready', name: 'ca-busy' },
    { status: 'pending', name: 'ca-refused' },
    { status: 'processing', name: 'ca-refused' },
  ])('takes `orderNotReady` of an order that reads $status for $name, and sends the CSR once', async (row) => {
    server.script('POST /orders/1', (origin) => ({ body: scriptedOrder(origin, { status: row.status }) }));
    server.script('POST /orders/1/finalize', refusing('orderNotReady', 'not yet', 403));
    await expect((await open()).finalize(placed(), csr)).rejects.toMatchObject({ name: row.name });
    expect(server.requests.filter((request) => request === 'POST /orders/1/finalize')).toHaveLength(1);
  });

  it('says nothing of contacts where our settings have none', async () => {
    await (await open()).ensureAccount();
    expect(server.signed.map(({ payload }) => payload)).toEqual([{ termsOfServiceAgreed: true }]);
  });

  it('does not ask for what the directory does not name', async () => {
    const authority = await open();
    await expect(authority.changeKey(newAccountKey())).rejects.toMatchObject({ name: 'ca-refused' });
    const revoking = authority.revoke({
      chainPem: (await (await makeRoot()).leaf({ names: [scriptedName] })).chainPem,
      reason: 'superseded',
    });
    await expect(revoking).rejects.toMatchObject({
      name: 'ca-refused',
      message: expect.stringContaining('revokeCert'),
    });
  });

  it('names at most a line of the profiles that are offered, and only what can be a name', async () => {
    const names = ['two words', '\u001b[2J', '', '__proto__', ...Array.from({ length: 200 }, (_, i) => `profile-${i}`)];
    server.script('GET /dir', (origin) => ({
      body: {
        newNonce: `${origin}/nonce`,
        newAccount: `${origin}/accounts`,
        newOrder: `${origin}/orders`,
        meta: { profiles: Object.fromEntries(names.map((name) => [name, 7])) },
      },
    }));
    const placing = (await open({ acmeProfile: 'classic' })).place({ names: [scriptedName] });
    const { name, message } = await placing.catch((error) => error);
    expect(name).toBe('ca-profile-refused');
    expect(message).toMatch(/^[\x20-\x7e…]{1,420}$/);
    expect(message).not.toContain('two words');
  });

  describe('with a preferred chain', () => {
    const preferredChain = 'Other Root';
    const download = async (...links: string[]) => {
      const [root, other] = [
        await makeRoot({ commonName: 'First Root' }),
        await makeRoot({ commonName: preferredChain }),
      ];
      const chains = {
        first: await root.leaf({ names: [scriptedName] }),
        other: await other.leaf({ names: [scriptedName] }),
      };
      server.script('POST /chain', { headers: { Link: links }, body: chains.first.chainPem });
      server.script('POST /other', { body: chains.other.chainPem });
      server.script('POST /page', { body: '<html>' });
      const { chainPem, note } = await (await open({ preferredChain })).download(`${server.origin}/chain`);
      return [chainPem === chains.other.chainPem ? 'other' : chainPem === chains.first.chainPem ? 'first' : '?', note];
    };
    const none = expect.stringContaining('no chain up to "Other Root"');

    it('follows alternates, relative or whole, in one header or in several', async () => {
      expect(await download('</dir>;rel="index", </other>; title="x"; rel="alternate"')).toEqual(['other', undefined]);
      expect(await download('</dir>;rel="index"', '<other>;rel=alternate')).toEqual(['other', undefined]);
      expect(await download('</dir>;rel="index"', '</other>;rel="up"')).toEqual(['first', none]);
    });

    it('passes over alternates that lead elsewhere, to nothing or to no chain, and looks at four', async () => {
      const strange = ['<https://169.254.169.254/other>', '<http://localhost/other>', '</nothing>', '</page>'];
      const links = [...strange, '</other>'].map((target) => `${target};rel="alternate"`);
      expect(await download(...links)).toEqual(['first', none]);
      expect(await download(...links.slice(1))).toEqual(['other', undefined]);
      expect(await download(`<${'x'.repeat(9000)}`, 'alternate', ';rel="alternate"', '<>;rel=alternate')).toEqual([
        'first',
        none,
      ]);
    });

    it('comes again when an alternate cannot be had just now', async () => {
      server.script('POST /busy', { status: 503, body: 'later' });
      await expect(download('</busy>;rel="alternate"')).rejects.toMatchObject({ name: 'ca-busy' });
    });
  });

  it('believes no order to be valid that names no chain', async () => {
    server.script('POST /orders/1', (origin) => ({ body: scriptedOrder(origin, { status: 'valid' }) }));
    await expect((await open()).readOrder(orderUrl())).rejects.toMatchObject({ field: 'order.certificate' });
  });
});
