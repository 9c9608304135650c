// What not every authority has, against the sandbox CA: bound accounts, profiles, a choice of chains, replacements, other keys, revocation.

import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcmeAuthorities, type AcmeAuthoritySettings } from '../../../src/adapters/acme/acme-authorities.ts';
import { ariCertIdOf } from '../../../src/adapters/acme/ari-cert-id.ts';
import { type CaDials, defaultCaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import type { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey, newName, OrderDriver } from '../../support/order-driver.ts';
import type { TxtServer } from '../../support/txt-server.ts';
import { startWatchedCa, type WatchedCa } from '../../support/watched-ca.ts';

const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const quick: Partial<CaDials> = { validationDelayMs: [0, 0], finalizeDelayMs: [0, 0], refuseNonces: 0 };

describe('what not every authority has', () => {
  let watched: WatchedCa;
  let dns: TxtServer;
  let ca: SandboxCa;
  let requests: string[];

  beforeAll(async () => {
    watched = await startWatchedCa();
    ({ ca, dns, requests } = watched);
  });

  beforeEach(() => {
    ca.turn({ ...defaultCaDials, ...quick });
    requests.length = 0;
  });

  afterEach(() => {
    ca.turn({ ...defaultCaDials, ...quick });
  });

  afterAll(() => watched?.close());

  const open = (changes: Partial<AcmeAuthoritySettings> = {}, key = newAccountKey()) => {
    const settings = {
      sandbox: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem], timeoutMs: 5000, ...changes },
    };
    return new AcmeAuthorities({ network: loopbackNetwork, settings }).open('sandbox', { key, accountUrl: undefined });
  };
  const driver = async (changes: Partial<AcmeAuthoritySettings> = {}, key = newAccountKey()) =>
    new OrderDriver(dns, await open(changes, key));

  describe('an external account binding', () => {
    const hmacKey = Buffer.from('a key that nobody may read in a log').toString('base64url');
    const bound = { externalAccountBinding: { keyId: 'kid-1', hmacKey: async () => `${hmacKey}\n` } };

    it('is shown when the account is made, and not again for one that stands', async () => {
      ca.turn({ externalAccounts: { 'kid-1': hmacKey }, externalAccountsSingleUse: true });
      const key = newAccountKey();
      const { accountUrl } = await (await open(bound, key)).ensureAccount();
      expect(await (await open(bound, key)).ensureAccount()).toEqual({ accountUrl });
      await expect((await open(bound)).ensureAccount()).rejects.toMatchObject({ name: 'ca-account-refused' });
    });

    it('that is wanted and not in our settings is missed before an account is asked for', async () => {
      ca.turn({ externalAccounts: { 'kid-1': hmacKey } });
      await expect((await open()).ensureAccount()).rejects.toMatchObject({
        name: 'ca-account-refused',
        message: expect.stringContaining('external account binding'),
      });
      expect(requests).toEqual(['GET directory']);
    });

    it('that is wrong is refused, and its key is in no message', async () => {
      ca.turn({ externalAccounts: { 'kid-1': 'another-key-of-some-length-22' } });
      const refused = await (await open(bound)).ensureAccount().catch((error) => error);
      expect(refused).toMatchObject({ name: 'ca-account-refused' });
      const hmacKeys = ['short', 'not base64url at all, and long enough'];
      const problems = await Promise.all(
        hmacKeys.map(async (text) => {
          const binding = { keyId: 'kid-1', hmacKey: async () => text };
          return (await open({ externalAccountBinding: binding })).ensureAccount().catch((error) => error);
        }),
      );
      for (const problem of problems) expect(problem).toMatchObject({ name: 'bad-request' });
      const told = [refused, ...problems].map(({ message, stack }) => `${message} ${stack}`).join();
      for (const secret of [hmacKey, ...hmacKeys]) expect(told).not.toContain(secret);
    });
  });

  describe('a profile', () => {
    it('is ordered by its name, and the leaf is of its kind', async () => {
      const name = newName();
      const { chain } = await (await driver({ acmeProfile: 'tlsserver' })).obtain([name], leafKey);
      const leaf = new X509Certificate(chain);
      expect(leaf.subject ?? '').not.toContain(name);
      expect((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000).toBeLessThan(50);
    });

    it('that is not offered is refused before an order is spent', async () => {
      const authority = await open({ acmeProfile: 'tlsclient' });
      await expect(authority.place({ names: [newName()] })).rejects.toMatchObject({
        name: 'ca-profile-refused',
        message: expect.stringContaining('offered: classic, tlsserver, shortlived'),
      });
      expect(requests).toEqual(['GET directory']);
    });

    it('that was withdrawn a moment ago is refused in the same words', async () => {
      const authority = await open({ acmeProfile: 'tlsserver' });
      await authority.ensureAccount();
      ca.turn({ profiles: ['classic'] });
      await expect(authority.place({ names: [newName()] })).rejects.toMatchObject({ name: 'ca-profile-refused' });
    });
  });

  describe('the chain our settings prefer', () => {
    const endOf = (chain: string) =>
      new X509Certificate(chain.split(/(?<=-----END CERTIFICATE-----\n)/).at(-1) ?? '').issuer.replace(/^.*CN=/s, '');

    it('is taken where it is offered, and the first where it is not, which is said', async () => {
      const key = newAccountKey();
      const { certificateUrl, chain } = await (await driver({}, key)).obtain([newName()], leafKey);
      const alternate = new X509Certificate(ca.alternateRootPem).subject.replace(/^.*CN=/s, '');
      const asked = async (preferredChain: string) => {
        requests.length = 0;
        const { chainPem, note } = await (await open({ preferredChain }, key)).download(certificateUrl);
        return [endOf(chainPem), note, requests.filter((request) => request === 'POST certificate').length];
      };
      expect(await asked(endOf(chain))).toEqual([endOf(chain), undefined, 1]);
      expect(await asked(alternate)).toEqual([alternate, undefined, 2]);
      expect(await asked('Nobody Root')).toEqual([endOf(chain), expect.stringContaining('"Nobody Root"'), 2]);
    });
  });

  describe('a replacement', () => {
    it('is said once, and left out where the authority will not have it', async () => {
      const orders = await driver();
      const names = [newName()];
      const { chain } = await orders.obtain(names, leafKey);
      const replaces = ariCertIdOf(chain);
      const placed = async (what: string) => {
        requests.length = 0;
        await orders.authority.place({ names, replaces: what });
        return requests;
      };
      expect(await placed(replaces)).toEqual(['POST newOrder']);
      expect(await placed(replaces)).toEqual(['POST newOrder alreadyReplaced', 'POST newOrder']);
      expect(await placed('AAAA.BBBB')).toEqual(['POST newOrder malformed', 'POST newOrder']);
      expect(await placed('nonsense')).toEqual(['POST newOrder malformed', 'POST newOrder']);
    });

    it('is not blamed for what has another reason', async () => {
      const orders = await driver();
      const { chain } = await orders.obtain([newName()], leafKey);
      ca.turn({ refuseNames: ['refused.test'] });
      requests.length = 0;
      const placing = orders.authority.place({ names: ['pbx.refused.test'], replaces: ariCertIdOf(chain) });
      await expect(placing).rejects.toMatchObject({ name: 'ca-name-refused' });
      ca.turn({ rateLimit: { type: 'rateLimited', retryAfterSeconds: 60, operations: ['newOrder'] } });
      const limited = orders.authority.place({ names: [newName()], replaces: ariCertIdOf(chain) });
      await expect(limited).rejects.toMatchObject({ name: 'ca-rate-limited' });
      expect(requests.length).toBe(2);
    });
  });

  it('a question that does no harm twice is asked again when a connection breaks, also if it was received', async () => {
    const orders = await driver();
    const { orderUrl } = await orders.authority.place({ names: [newName()] });
    ca.turn({ faults: [{ operation: 'order', kind: 'drop-after', times: 1 }] });
    expect((await orders.authority.readOrder(orderUrl)).status).toBe('pending');
    expect(requests.slice(-3)).toEqual(['POST order', 'POST order badNonce', 'POST order']);
  });
});
