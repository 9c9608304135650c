// What every Authorities keeps; see the numbered rules of src/ports/authority.ts.

import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCsr } from '../../src/adapters/acme/csr.ts';
import { acceptChain } from '../../src/domain/chain.ts';
import type { Authorities, PlacedAcmeOrder } from '../../src/ports/authority.ts';
import { newAccountKey, newName, OrderDriver } from '../support/order-driver.ts';

export interface AuthorityUnderTest {
  readonly authorities: Authorities;
  readonly authorityId: string;
  /** What the authority finds in DNS from now on; only names below `test`. */
  readonly setTxt: (name: string, values: readonly string[]) => Promise<void> | void;
  /** What leaves chain up to. */
  readonly rootPem: string;
  readonly caaIdentities: readonly string[];
  readonly close: () => Promise<void>;
}

export function authorityContract(start: () => Promise<AuthorityUnderTest>): void {
  describe('as Authorities', () => {
    let world: AuthorityUnderTest;
    const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

    const open = (key = newAccountKey()) => world.authorities.open(world.authorityId, { key, accountUrl: undefined });
    const driver = async (key = newAccountKey()) => new OrderDriver(world, await open(key));
    const accepted = (chain: string, names: readonly string[], key: KeyObject) =>
      acceptChain(chain, {
        names,
        publicKey: new X509Certificate(chain).publicKey,
        roots: [world.rootPem],
        now: new Date(),
      }).leaf && new X509Certificate(chain).checkPrivateKey(key);

    beforeEach(async () => {
      world = await start();
    });

    afterEach(async () => {
      await world.close();
    });

    it('knows its authorities by name and no others', async () => {
      expect(world.authorities.ids()).toContain(world.authorityId);
      for (const name of ['nowhere', 'constructor', '__proto__', '']) {
        const opening = world.authorities.open(name, { key: newAccountKey(), accountUrl: undefined });
        await expect(opening).rejects.toMatchObject({ name: 'bad-request', field: 'authority' });
        const describing = world.authorities.describe(name);
        await expect(describing).rejects.toMatchObject({ name: 'bad-request', field: 'authority' });
      }
    });

    it('says which CAA identities an authority takes for its own', async () => {
      const { caaIdentities } = await world.authorities.describe(world.authorityId);
      expect(caaIdentities).toEqual(world.caaIdentities);
    });

    it('answers the same account for the same key, and another for another', async () => {
      const key = newAccountKey();
      const { accountUrl } = await (await open(key)).ensureAccount();
      expect(accountUrl).toMatch(/^https:/);
      expect(await (await open(key)).ensureAccount()).toEqual({ accountUrl });
      expect(await (await open(newAccountKey())).ensureAccount()).not.toEqual({ accountUrl });
    });

    it('finds the account of a key, and makes none for that', async () => {
      const key = newAccountKey();
      expect(await (await open(key)).findAccount()).toBeUndefined();
      expect(await (await open(key)).findAccount()).toBeUndefined();
      const made = await (await open(key)).ensureAccount();
      expect(await (await open(key)).findAccount()).toEqual(made);
    });

    it('gives an account another key, and listens to the old one no more', async () => {
      const [oldKey, newKey] = [newAccountKey(), newAccountKey()];
      const { accountUrl } = await (await open(oldKey)).ensureAccount();
      const account = (key: KeyObject) => world.authorities.open(world.authorityId, { key, accountUrl });
      const { orderUrl } = await (await account(oldKey)).place({ names: [newName()] });
      await (await account(oldKey)).changeKey(newKey);
      expect(await (await open(newKey)).findAccount()).toEqual({ accountUrl });
      expect(await (await open(oldKey)).findAccount()).toBeUndefined();
      expect((await (await account(newKey)).readOrder(orderUrl)).status).toBe('pending');
      await expect((await account(oldKey)).place({ names: [newName()] })).rejects.toThrow();
    });

    it('gives no account the key of another', async () => {
      const [key, taken] = [newAccountKey(), newAccountKey()];
      await (await open(taken)).ensureAccount();
      const refused = await (await open(key)).changeKey(taken).catch((error) => error);
      // Pebble says 500 of it.
      expect(['ca-refused', 'ca-busy']).toContain(refused.name);
      expect(await (await open(key)).findAccount()).toBeDefined();
    });

    it('takes a leaf back for its account or its key, once or twice, and for nobody else', async () => {
      const orders = await driver();
      const chains = [await orders.obtain([newName()], leafKey), await orders.obtain([newName()], leafKey)];
      const [first = '', second = ''] = chains.map(({ chain }) => chain);
      const stranger = await open();
      const foreign = stranger.revoke({ chainPem: first, reason: 'superseded' });
      await expect(foreign).rejects.toMatchObject({ name: 'ca-refused' });
      const wrongKey = { chainPem: first, reason: 'keyCompromise', leafKey: newAccountKey() } as const;
      await expect(stranger.revoke(wrongKey)).rejects.toMatchObject({ name: 'ca-refused' });
      for (let time = 0; time < 2; time += 1) {
        await orders.authority.revoke({ chainPem: first, reason: 'superseded' });
        await stranger.revoke({ chainPem: second, reason: 'keyCompromise', leafKey });
      }
    });

    it('places an acmeOrder also where what it replaces is unknown', async () => {
      const names = [newName()];
      const placed = await (await open()).place({ names, replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE' });
      expect(placed.names).toEqual(names);
    });

    it('works with an account whose URL was kept, and with one whose URL was lost', async () => {
      const key = newAccountKey();
      const { accountUrl } = await (await open(key)).ensureAccount();
      const { orderUrl } = await (await open(key)).place({ names: [newName()] });
      const kept = await world.authorities.open(world.authorityId, { key, accountUrl });
      expect(await kept.ensureAccount()).toEqual({ accountUrl });
      expect(await kept.readOrder(orderUrl)).toMatchObject({ status: 'pending' });
    });

    it('places an acmeOrder with an open challenge for each name, the wildcard and its parent at the same TXT name', async () => {
      const authority = await open();
      const name = newName();
      const placed = await authority.place({ names: [name, `*.${name}`] });
      expect([...placed.names].toSorted()).toEqual([`*.${name}`, name]);
      expect((await authority.readOrder(placed.orderUrl)).placed).toEqual(placed);
      const view = await authority.readChallenges(placed);
      expect(view).toMatchObject({ status: 'pending', refusal: undefined });
      expect(view.openChallenges.map((challenge) => challenge.name).toSorted()).toEqual([`*.${name}`, name]);
      expect(new Set(view.openChallenges.map(({ txtName }) => txtName))).toEqual(new Set([`_acme-challenge.${name}`]));
      expect(new Set(view.openChallenges.map(({ txtValue }) => txtValue)).size).toBe(2);
      for (const { txtValue, status } of view.openChallenges) {
        expect(txtValue).toMatch(/^[\w-]{43}$/);
        expect(status).toBe('pending');
      }
    });

    it('issues a chain for our key and our names that ends at the root', async () => {
      const name = newName();
      const names = [name, `*.${name}`];
      const { chain } = await (await driver()).obtain(names, leafKey);
      expect(chain.match(/-----BEGIN [A-Z ]+-----/g)?.every((line) => line === '-----BEGIN CERTIFICATE-----')).toBe(
        true,
      );
      expect(accepted(chain, names, leafKey)).toBe(true);
    });

    it('issues for an RSA key and for a name too long for a commonName', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const names = [`${'long-label-'.repeat(5)}x.${newName()}`];
      const { chain } = await (await driver()).obtain(names, privateKey);
      expect(accepted(chain, names, privateKey)).toBe(true);
    });

    it('takes names that are proven already as they are', async () => {
      const orders = await driver();
      const name = newName();
      await orders.obtain([name], leafKey);
      const second = await orders.obtain([name], leafKey);
      const third = await orders.obtain([name], leafKey);
      expect(second.orderUrl).not.toBe(third.orderUrl);
    });

    it('tells the authority to look as often as we like', async () => {
      const orders = await driver();
      const placed = await orders.authority.place({ names: [newName()] });
      const { openChallenges } = await orders.authority.readChallenges(placed);
      expect((await orders.prove(placed)).status).toBe('ready');
      for (const { challengeUrl } of openChallenges) {
        await orders.authority.answer(challengeUrl);
        await orders.authority.answer(challengeUrl);
      }
      expect((await orders.authority.readOrder(placed.orderUrl)).status).toBe('ready');
      expect(await orders.authority.readChallenges(placed)).toMatchObject({ status: 'proven', openChallenges: [] });
    });

    it('says why an acmeOrder became invalid when the TXT value is wrong', async () => {
      const orders = await driver();
      const placed = await orders.authority.place({ names: [newName()] });
      const { status } = await orders.prove(placed, (value) => `${value.slice(1)}x`);
      expect(status).toBe('invalid');
      const proofs = await orders.authority.readChallenges(placed);
      expect(proofs).toMatchObject({ status: 'invalid', openChallenges: [], refusal: { code: 'ca-order-invalid' } });
      expect(proofs.refusal?.detail).not.toBe('');
    });

    it('finalizes only what is ready, and only once', async () => {
      const orders = await driver();
      const names = [newName()];
      const csr = await makeCsr(leafKey, names);
      const placed = await orders.authority.place({ names });
      await expect(orders.authority.finalize(placed, csr)).rejects.toMatchObject({ name: 'ca-refused' });
      await orders.prove(placed);
      const view = await orders.authority.finalize(placed, csr);
      expect(['processing', 'valid']).toContain(view.status);
      expect(view.placed).toEqual(placed);
      await expect(orders.authority.finalize(placed, csr)).rejects.toMatchObject({ name: 'ca-refused' });
      expect((await orders.settled(placed.orderUrl, ['ready', 'processing'])).status).toBe('valid');
    });

    it('refuses a CSR for other names', async () => {
      const orders = await driver();
      const placed = await orders.ready([newName()]);
      const finalizing = orders.authority.finalize(placed, await makeCsr(leafKey, ['other.northwind.test']));
      await expect(finalizing).rejects.toMatchObject({ name: 'ca-refused' });
    });

    it('says where the chain is once there is one, and sends no other', async () => {
      const orders = await driver();
      const placed = await orders.ready([newName()]);
      expect(await orders.authority.readOrder(placed.orderUrl)).toMatchObject({ certificateUrl: undefined });
      const { certificateUrl } = await orders.obtain([newName()], leafKey);
      const unknown = orders.authority.download(`${certificateUrl}x`);
      await expect(unknown).rejects.toMatchObject({ name: 'ca-order-gone' });
    });

    it('says of an acmeOrder nobody knows that it is gone', async () => {
      const authority = await open();
      const placed = await authority.place({ names: [newName()] });
      const unknown = `${placed.orderUrl}x`;
      expect(await authority.readOrder(unknown)).toMatchObject({ status: 'gone', placed: undefined });
      const authorizationUrls = placed.authorizationUrls.map((url) => `${url}x`);
      const lost = { ...placed, orderUrl: unknown, authorizationUrls, finalizeUrl: gone(placed) };
      expect(await authority.readChallenges(lost)).toMatchObject({ status: 'gone', openChallenges: [] });
      const csr = await makeCsr(leafKey, [newName()]);
      await expect(authority.finalize(lost, csr)).rejects.toMatchObject({ name: 'ca-order-gone' });
    });

    it('shows nobody an acmeOrder of another account', async () => {
      const { orderUrl } = await (await open()).place({ names: [newName()] });
      const seen = (await open()).readOrder(orderUrl).then(
        ({ status }) => status,
        (error) => error.name,
      );
      expect(['gone', 'ca-account-refused', 'ca-refused']).toContain(await seen);
    });
  });
}

/** Where the CSR of an order nobody knows would go: the last thing in the URL that tells orders apart is another. */
function gone({ orderUrl, finalizeUrl }: PlacedAcmeOrder): string {
  const id = orderUrl.split('/').at(-1) ?? '';
  return finalizeUrl.replace(id, `${id}x`);
}
