// What every ServerKeys keeps; see the numbered rules of src/ports/server-keys.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizedKeys, ServerKeys, SshKeyKind } from '../../src/ports/server-keys.ts';

export interface ServerKeysUnderTest {
  readonly keys: ServerKeys;
  /** With the private half given, or the one the server was set up with; `nowhere`: at an address where nothing listens. */
  readonly open: (how?: { privateKey?: string; hostKey?: string; at?: 'nowhere' }) => Promise<AuthorizedKeys>;
  readonly ours: string;
  /** Another private half that is let in nowhere. */
  readonly stranger: string;
  readonly hostKey: string;
  /** Restrictions as they stand before a key, with a blank behind; where the server judges none, none. */
  readonly options: string;
  /** Of the account's file, in their order. */
  readonly lines: () => Promise<readonly string[]>;
  /** Somebody else puts a line there. */
  readonly append: (line: string) => Promise<void>;
  readonly refusals: () => Promise<number>;
  /** The account's file cannot be replaced; or there is no room. */
  readonly hinder: (how: 'unwritable' | 'disk-full') => Promise<void>;
  /** Something else than the account's file decides who is let in. */
  readonly moveElsewhere: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const KINDS: readonly SshKeyKind[] = ['ed25519', 'ecdsa-p256', 'rsa-3072'];

export function serverKeysContract(start: () => Promise<ServerKeysUnderTest>): void {
  describe('as ServerKeys', () => {
    let world: ServerKeysUnderTest;
    let server: AuthorizedKeys;
    let drawn: string;
    let publicKey: string;

    const lineOf = (key: string) => `${world.options}${key} ucx-certs`;

    beforeEach(async () => {
      world = await start();
      server = await world.open();
      drawn = await world.keys.make('ed25519');
      publicKey = world.keys.publicHalf(drawn);
    });

    afterEach(async () => {
      await server.close();
      await world.close();
    });

    it('draws another pair each time', async () => {
      expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{40,}={0,2}$/);
      expect(world.keys.publicHalf(await world.keys.make('ed25519'))).not.toBe(publicKey);
      expect(drawn).not.toContain(publicKey.split(' ')[1]);
    });

    it.each(KINDS)('lets a %s pair in beside the one before, and nobody else', { timeout: 60_000 }, async (kind) => {
      const before = await world.lines();
      const made = await world.keys.make(kind);
      const line = lineOf(world.keys.publicHalf(made));
      await server.admit(line);
      expect(await world.lines()).toEqual([...before, line]);
      for (const privateKey of [made, world.ours]) {
        const again = await world.open({ privateKey });
        expect(again.hostKey).toBe(world.hostKey);
        expect(await again.holds(world.keys.publicHalf(made))).toBe(true);
        await again.close();
      }
      await expect(world.open({ privateKey: world.stranger })).rejects.toMatchObject({
        name: 'ssh-authentication-refused',
      });
    });

    it('says which key it holds, and changes nothing by it', async () => {
      const before = await world.lines();
      expect([await server.holds(publicKey), await server.holds(world.keys.publicHalf(world.ours))]).toEqual([
        false,
        true,
      ]);
      expect(await world.lines()).toEqual(before);
    });

    it('has a line once, however often it is put there', async () => {
      for (let i = 0; i < 3; i += 1) await server.admit(lineOf(publicKey));
      expect((await world.lines()).filter((line) => line.includes(publicKey))).toHaveLength(1);
    });

    it('replaces another line with the same key', async () => {
      await world.append(`no-pty ${publicKey} by hand`);
      await server.admit(lineOf(publicKey));
      expect((await world.lines()).filter((line) => line.includes(publicKey))).toEqual([lineOf(publicKey)]);
    });

    it('takes away the keys named, in whatever line, and leaves all others', async () => {
      const other = world.keys.publicHalf(await world.keys.make('ed25519'));
      for (const line of [`no-pty ${other} somebody’s`, '', `# ${publicKey} was here`, '  # the end'])
        await world.append(line);
      const before = await world.lines();
      await server.admit(lineOf(publicKey));
      await world.append(`no-pty ${publicKey} once more`);
      await server.retire([publicKey, world.keys.publicHalf(world.stranger)]);
      expect(await world.lines()).toEqual(before);
      await expect(world.open({ privateKey: drawn })).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
    });

    it('is rotated: the new one in, proven, and the old one away over the new one’s own connection', async () => {
      await server.admit(lineOf(publicKey));
      const fresh = await world.open({ privateKey: drawn });
      await fresh.retire([world.keys.publicHalf(world.ours)]);
      await fresh.close();
      expect(await world.lines()).toEqual([lineOf(publicKey)]);
      await expect(world.open()).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
      await (await world.open({ privateKey: drawn })).close();
    });

    it('never takes away the key it is logged in with', async () => {
      await server.admit(lineOf(publicKey));
      const before = await world.lines();
      const own = [publicKey, world.keys.publicHalf(world.ours)];
      await expect(server.retire(own)).rejects.toMatchObject({ name: 'keys-not-changed' });
      expect(await world.lines()).toEqual(before);
    });

    it('touches nothing where the file does not hold the key it is logged in with', async () => {
      await server.admit(lineOf(publicKey));
      const other = await world.open({ privateKey: drawn });
      await world.moveElsewhere();
      await other.retire([world.keys.publicHalf(world.ours)]);
      const before = await world.lines();
      const again = await world.open();
      await expect(again.admit(lineOf(world.keys.publicHalf(world.stranger)))).rejects.toMatchObject({
        name: 'keys-not-changed',
      });
      await expect(again.retire([publicKey])).rejects.toMatchObject({ name: 'keys-not-changed' });
      expect(await world.lines()).toEqual(before);
      for (const one of [other, again]) await one.close();
    });

    it.each([
      { how: 'unwritable', code: 'keys-not-changed' },
      { how: 'disk-full', code: 'disk-full' },
    ] as const)('leaves all as it was where the file is $how', async ({ how, code }) => {
      const before = await world.lines();
      await world.hinder(how);
      await expect(server.admit(lineOf(publicKey))).rejects.toMatchObject({ name: code });
      expect(await world.lines()).toEqual(before);
    });

    it('tries its key exactly once where it is refused', async () => {
      const opened = world.open({ privateKey: world.stranger });
      await expect(opened).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
      await expect.poll(world.refusals).toBe(1);
    });

    it('refuses a changed host key, and says so when nobody is there', async () => {
      await expect(world.open({ hostKey: `SHA256:${'B'.repeat(43)}` })).rejects.toMatchObject({
        name: 'host-key-mismatch',
      });
      await expect(world.open({ at: 'nowhere' })).rejects.toMatchObject({ name: 'server-unreachable' });
    });

    it('reads no private key that is none', () => {
      if (world.options === '' && world.ours.startsWith('private half')) return;
      expect(() => world.keys.publicHalf('-----BEGIN PRIVATE KEY-----')).toThrow(/in no format/);
    });
  });
}
