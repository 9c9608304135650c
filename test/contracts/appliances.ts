// What every Appliances keeps; see the numbered rules of src/ports/appliances.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemCode } from '../../src/domain/problem.ts';
import type { ActivationPhase, ActivationView, Appliance, CertificateSet } from '../../src/ports/appliances.ts';
import { inAnHour } from '../support/window-end.ts';

export interface AppliancesUnderTest {
  /** With the pinned host key and the right private key unless told otherwise; `nowhere`: at an address where nothing listens. */
  readonly open: (how?: { hostKey?: string; key?: 'stranger'; at?: 'nowhere' }) => Promise<Appliance>;
  readonly hostKey: string;
  readonly name: string;
  readonly sitePort: number;
  /** Another one each time, for the name. */
  readonly makeSet: () => Promise<CertificateSet>;
  /** Fingerprint new connections get. */
  readonly served: () => Promise<string | undefined>;
  readonly restarts: () => Promise<number>;
  /** Connections that were not let in because of their key. */
  readonly refusals: () => Promise<number>;
  /** Everything on the server that could change, in any form that can be compared. */
  readonly everything: () => Promise<unknown>;
  /** The live files alone. */
  readonly live: () => Promise<unknown>;
  /** Where the key of the set can be seen that is not a file for account and group alone: world-readable files, logs, command lines. */
  readonly exposures: (set: CertificateSet) => Promise<readonly string[]>;
  /** All connections end. */
  readonly cut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const PATIENCE_MS = 15_000;

export function appliancesContract(start: () => Promise<AppliancesUnderTest>): void {
  describe('as Appliances', () => {
    let world: AppliancesUnderTest;
    let appliance: Appliance;

    beforeEach(async () => {
      world = await start();
      appliance = await world.open();
    });

    afterEach(async () => {
      await appliance.close();
      await world.close();
    });

    const activate = (id: string, { fingerprint }: CertificateSet, on = appliance): Promise<ActivationView> =>
      on.activate({ id, fingerprint, name: world.name, sitePort: world.sitePort, mayRestartUntil: inAnHour() });

    const rest = async (id: string, set: CertificateSet, phase: ActivationPhase, on = appliance): Promise<void> => {
      const reached = async () => (await activate(id, set, on)).phase;
      await expect.poll(reached, { timeout: PATIENCE_MS, interval: 50 }).toBe(phase);
    };

    const settle = async (id: string, verdict: 'commit' | 'restore', phase: ActivationPhase): Promise<void> => {
      const reached = async () => (await appliance.settle(id, verdict)).phase;
      await expect.poll(reached, { timeout: PATIENCE_MS, interval: 50 }).toBe(phase);
    };

    const staged = async (): Promise<CertificateSet> => {
      const set = await world.makeSet();
      await appliance.stage(set);
      return set;
    };

    it('touches nothing once the window has closed', async () => {
      const set = await staged();
      const before = await world.live();
      const restarts = await world.restarts();
      const late = { id: 'late', fingerprint: set.fingerprint, name: world.name, sitePort: world.sitePort };
      const reached = async () => await appliance.activate({ ...late, mayRestartUntil: new Date(0) });
      const untouched = { phase: 'restored', restarted: false };
      await expect.poll(reached, { timeout: PATIENCE_MS, interval: 50 }).toMatchObject(untouched);
      expect(await world.live()).toEqual(before);
      expect(await world.restarts()).toBe(restarts);
    });

    it('looks at a server and changes nothing', async () => {
      const before = await world.everything();
      const facts = await appliance.inspect();
      expect(facts).toMatchObject({ hostKey: world.hostKey, serviceUp: true, liveSetLoads: true, activeCalls: 0 });
      expect(facts).toMatchObject({ staged: [], activation: { phase: 'none', running: false } });
      expect(facts.freeBytes).toBeGreaterThan(0);
      expect(await world.everything()).toEqual(before);
    });

    it('stages beside the live files, without touching them or restarting anything', async () => {
      const before = [await world.live(), await world.served()];
      const set = await staged();
      expect((await appliance.inspect()).staged).toEqual([set.fingerprint]);
      expect([await world.live(), await world.served()]).toEqual(before);
      expect(await world.restarts()).toBe(0);
    });

    it('does not write the same set twice', async () => {
      const set = await staged();
      const before = await world.everything();
      await appliance.stage(set);
      expect(await world.everything()).toEqual(before);
    });

    it('activates a staged set with one restart, however often it is asked', async () => {
      const set = await staged();
      await rest('a1', set, 'awaiting-commit');
      await activate('a1', set);
      expect(await world.served()).toBe(set.fingerprint);
      expect((await appliance.inspect()).activation).toMatchObject({
        activationId: 'a1',
        fingerprint: set.fingerprint,
      });
      await settle('a1', 'commit', 'committed');
      expect((await activate('a1', set)).phase).toBe('committed');
      expect(await world.restarts()).toBe(1);
    });

    it('goes on with an activation whose connection was cut', async () => {
      const set = await staged();
      await activate('a1', set);
      await world.cut();
      appliance = await world.open();
      await rest('a1', set, 'awaiting-commit');
      expect(await world.restarts()).toBe(1);
    });

    it('refuses what is not staged', async () => {
      const set = await world.makeSet();
      await expect(activate('a1', set)).rejects.toSatisfy((error) => problemCode(error) === 'activation-refused');
      expect(await world.restarts()).toBe(0);
    });

    it('refuses another activation while one has not settled', async () => {
      const [set, other] = [await staged(), await staged()];
      await rest('a1', set, 'awaiting-commit');
      await expect(activate('a2', other)).rejects.toSatisfy((error) => problemCode(error) === 'activation-refused');
      expect(await world.served()).toBe(set.fingerprint);
    });

    it('does not begin again what settled before another one began', async () => {
      const [first, second] = [await staged(), await staged()];
      await rest('a1', first, 'awaiting-commit');
      await settle('a1', 'restore', 'restored');
      await rest('a2', second, 'awaiting-commit');
      await settle('a2', 'commit', 'committed');
      const before = await world.restarts();
      expect((await activate('a1', first)).phase).toBe('restored');
      expect(await world.restarts()).toBe(before);
      expect(await world.served()).toBe(second.fingerprint);
    });

    it('keeps what is committed, also when asked to restore it afterwards', async () => {
      const set = await staged();
      await rest('a1', set, 'awaiting-commit');
      await settle('a1', 'commit', 'committed');
      expect((await appliance.settle('a1', 'restore')).phase).toBe('committed');
      expect(await world.served()).toBe(set.fingerprint);
    });

    it('restores the set before, and keeps it when asked to commit afterwards', async () => {
      const [before, live] = [await world.served(), await world.live()];
      const set = await staged();
      await rest('a1', set, 'awaiting-commit');
      await settle('a1', 'restore', 'restored');
      expect((await appliance.settle('a1', 'commit')).phase).toBe('restored');
      expect(await world.served()).toBe(before);
      expect(await world.live()).toEqual(live);
      expect(await world.restarts()).toBe(2);
    });

    it('opens a stream to the loopback of the server', async () => {
      const stream = await appliance.dial(world.sitePort);
      expect(stream.destroyed).toBe(false);
      stream.destroy();
    });

    it('finds nothing at a place where nothing listens, soon and without touching anything', async () => {
      const before = await world.everything();
      expect(await appliance.reaches('127.0.0.1', 9)).toBe(false);
      expect(await world.everything()).toEqual(before);
    });

    it('refuses a changed host key, with both fingerprints', async () => {
      const pinned = `SHA256:${'B'.repeat(43)}`;
      const opened = world.open({ hostKey: pinned });
      await expect(opened).rejects.toSatisfy((error) => problemCode(error) === 'host-key-mismatch');
      await expect(opened).rejects.toThrow(pinned);
      await expect(opened).rejects.toThrow(world.hostKey);
    });

    it('tries its key exactly once where it is refused', async () => {
      const opened = world.open({ key: 'stranger' });
      await expect(opened).rejects.toSatisfy((error) => problemCode(error) === 'ssh-authentication-refused');
      await expect.poll(world.refusals).toBe(1);
    });

    it('says so when nobody is there', async () => {
      const opened = world.open({ at: 'nowhere' });
      await expect(opened).rejects.toSatisfy((error) => problemCode(error) === 'server-unreachable');
    });

    it('shows the private key to nobody', async () => {
      const set = await staged();
      expect(await world.exposures(set)).toEqual([]);
      await rest('a1', set, 'awaiting-commit');
      expect(await world.exposures(set)).toEqual([]);
      await settle('a1', 'commit', 'committed');
      expect(await world.exposures(set)).toEqual([]);
    });
  });
}
