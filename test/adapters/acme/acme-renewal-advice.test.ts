// AcmeRenewalAdvice keeps the contract against the sandbox CA, and takes nonsense for nothing else.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../../src/adapters/acme/acme-authorities.ts';
import { AcmeRenewalAdvice } from '../../../src/adapters/acme/acme-renewal-advice.ts';
import { ariCertIdOf } from '../../../src/adapters/acme/ari-cert-id.ts';
import { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { renewalAdviceContract } from '../../contracts/renewal-advice.ts';
import { makeRoot } from '../../support/leaves.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey, newName, OrderDriver } from '../../support/order-driver.ts';
import {
  refusing,
  type ScriptedAnswer,
  type ScriptedAuthority,
  scriptedNow,
  startScriptedAuthority,
} from '../../support/scripted-authority.ts';
import { startTxtServer, type TxtServer } from '../../support/txt-server.ts';

/** RFC 9773, appendix A. */
const example = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`;

describe('AcmeRenewalAdvice against the sandbox CA', () => {
  let folder: string;
  let dns: TxtServer;
  let ca: SandboxCa;
  let chainPem: string;
  let strangeChainPem: string;
  const settings = () => ({ sandbox: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem] } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acme-advice-'));
    dns = await startTxtServer();
    ca = await SandboxCa.start({ folder, dnsServers: [dns.address] });
    ca.turn({ validationDelayMs: [0, 0], finalizeDelayMs: [0, 0], earlyWindows: 0 });
    const authorities = new AcmeAuthorities({ network: loopbackNetwork, settings: settings() });
    const account = { key: newAccountKey(), accountUrl: undefined };
    const orders = new OrderDriver(dns, await authorities.open('sandbox', account));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    chainPem = (await orders.obtain([newName()], privateKey)).chain;
    strangeChainPem = (await (await makeRoot()).leaf({ names: [newName()] })).chainPem;
  });

  afterAll(async () => {
    await ca?.close();
    await dns?.close();
    await rm(folder, { recursive: true, force: true });
  });

  renewalAdviceContract(async () => ({
    advice: new AcmeRenewalAdvice({ network: loopbackNetwork, settings: settings() }),
    authorityId: 'sandbox',
    chainPem,
    strangeChainPem,
    advise: (advised) => ca.turn({ suggestedWindow: advised === 'later' ? 'lifetime' : advised }),
    close: async () => undefined,
  }));

  it.each(['reversed', 'garbage'] as const)('takes no window that is %s', async (suggestedWindow) => {
    ca.turn({ suggestedWindow });
    const advice = new AcmeRenewalAdvice({ network: loopbackNetwork, settings: settings() });
    await expect(advice.find('sandbox', chainPem)).rejects.toMatchObject({ name: 'ca-answer-malformed' });
  });
});

describe('AcmeRenewalAdvice on the wire', () => {
  let server: ScriptedAuthority;
  const path = 'GET /renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE';
  const window = { start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00+01:00' };

  const find = () => {
    const { directoryUrl, tlsRootPem } = server;
    const settings = { ca: { directoryUrl, roots: [tlsRootPem], timeoutMs: 5000 } };
    return new AcmeRenewalAdvice({ network: loopbackNetwork, settings, now: () => scriptedNow }).find('ca', example);
  };
  const answer = (body: unknown, headers: ScriptedAnswer['headers'] = {}) => server.script(path, { headers, body });
  const announce = (url: (origin: string) => string) =>
    server.script('GET /dir', (origin) => ({
      body: {
        newNonce: `${origin}/nonce`,
        newAccount: `${origin}/accounts`,
        newOrder: `${origin}/orders`,
        renewalInfo: url(origin),
      },
    }));

  beforeEach(async () => {
    server = await startScriptedAuthority();
    announce((origin) => `${origin}/renewal-info`);
  });

  afterEach(async () => {
    await server.close();
  });

  it('asks for the leaf of the RFC by the name it has there, unsigned, each time', async () => {
    answer({ suggestedWindow: window }, { 'Retry-After': '21600' });
    const info = {
      ariCertId: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
      suggestedWindow: { start: new Date('2026-12-01T00:00:00Z'), end: new Date('2026-12-01T23:00:00Z') },
      explanationUrl: undefined,
      retryAfterMs: 21_600_000,
    };
    expect([await find(), await find()]).toEqual([info, info]);
    expect(server.requests.filter((request) => request === path)).toHaveLength(2);
    expect(server.signed).toEqual([]);
  });

  it.each([
    { header: '1', ms: 60_000 },
    { header: '9999999', ms: 86_400_000 },
    { header: 'Mon, 23 Nov 2026 13:00:00 GMT', ms: 3_600_000 },
    { header: 'soon', ms: 21_600_000 },
  ])('asks again in $ms ms after "$header"', async ({ header, ms }) => {
    answer({ suggestedWindow: window }, { 'Retry-After': header });
    expect((await find())?.retryAfterMs).toBe(ms);
  });

  it.each([
    { what: 'none', body: {} },
    { what: 'one without an end', body: { suggestedWindow: { start: window.start } } },
    { what: 'one that ends as it starts', body: { suggestedWindow: { start: window.start, end: window.start } } },
    { what: 'one without a zone', body: { suggestedWindow: { ...window, end: '2026-12-03T00:00:00' } } },
    { what: 'one on no day', body: { suggestedWindow: { ...window, end: '2026-13-41T00:00:00Z' } } },
    { what: 'one of numbers', body: { suggestedWindow: { start: 1, end: 2 } } },
    { what: 'one that is text', body: 'tomorrow' },
  ])('takes no window that is $what', async ({ body }) => {
    answer(body);
    await expect(find()).rejects.toMatchObject({
      name: 'ca-answer-malformed',
      field: expect.stringContaining('renewalInfo'),
    });
  });

  it.each([
    { url: 'https://ca.test/why?a=1', shown: 'https://ca.test/why?a=1' },
    { url: 'https://ca.test/\u001b[2J\nx y', shown: 'https://ca.test/%1B[2Jx%20y' },
    { url: 'http://ca.test/why', shown: undefined },
    { url: 'javascript:alert(1)', shown: undefined },
    { url: 'https://user:secret@ca.test/', shown: undefined },
    { url: `https://ca.test/${'x'.repeat(3000)}`, shown: undefined },
    { url: 7, shown: undefined },
    { url: null, shown: undefined },
  ])('shows people $shown where the authority says $url', async ({ url, shown }) => {
    answer({ suggestedWindow: window, explanationUrl: url });
    expect((await find())?.explanationUrl).toBe(shown);
  });

  it.each([
    { what: refusing('malformed', 'never heard of it', 404), name: 'ca-refused' },
    { what: refusing('unauthorized', 'no', 403), name: 'ca-refused' },
    { what: refusing('serverInternal', 'x', 500), name: 'ca-busy' },
    { what: { status: 503, body: '<html>' }, name: 'ca-busy' },
    { what: { status: 302, headers: { Location: 'https://169.254.169.254/' } }, name: 'ca-answer-malformed' },
  ])('takes a refusal for $name', async ({ what, name }) => {
    server.script(path, what);
    await expect(find()).rejects.toMatchObject({ name });
  });

  it('passes a rate limit on with its wait', async () => {
    server.script(path, refusing('rateLimited', 'slowly', 429, { 'Retry-After': '90' }));
    await expect(find()).rejects.toMatchObject({ name: 'ca-rate-limited', retryAfterMs: 90_000 });
  });

  it('asks nobody but the server of the directory', async () => {
    announce(() => 'https://169.254.169.254/renewal-info');
    await expect(find()).rejects.toMatchObject({ name: 'ca-answer-malformed', field: 'directory.renewalInfo' });
  });
});

describe('ariCertIdOf', () => {
  it('is that of the RFC for the leaf of the RFC', () => {
    expect(ariCertIdOf(example)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  });

  it.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'])('is none of "%s"', (pem) => {
    expect(() => ariCertIdOf(pem)).toThrowError(expect.objectContaining({ name: 'chain-not-acceptable' }));
  });
});
