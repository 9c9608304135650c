// What every Probes keeps; see the numbered rules of src/ports/probes.ts.

import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint, Probes, Sighting } from '../../src/ports/probes.ts';

export type Serving =
  | 'good'
  | 'without-intermediate'
  | 'expired'
  | 'not-yet-valid'
  | 'other-name'
  | 'foreign-root'
  | 'nothing-listens'
  | 'not-tls'
  | 'static-keys' // good, but agrees to no handshake with ephemeral keys
  | 'silent';

export interface Served {
  readonly endpoint: Endpoint;
  /** To the same server, as seen from itself; counted in `streams`. */
  readonly dial: (port: number) => Promise<Duplex>;
  /** SHA-256 of the leaf's DER, and the number of certificates the server sends. */
  readonly fingerprint: string;
  readonly certificates: number;
  /** What `dial` handed out. */
  readonly streams: () => readonly Duplex[];
}

export interface ProbesUnderTest {
  /** With seconds to spare. */
  readonly probes: Probes;
  /** The same with a deadline of a fraction of a second. */
  readonly impatient: Probes;
  readonly serve: (how: Serving) => Promise<Served>;
  readonly close: () => Promise<void>;
}

export function probesContract(open: () => Promise<ProbesUnderTest>): void {
  describe('as Probes', () => {
    let world: ProbesUnderTest;

    beforeEach(async () => {
      world = await open();
    });

    afterEach(async () => {
      await world.close();
    });

    const vantagePoints: readonly { from: string; look: (probes: Probes, served: Served) => Promise<Sighting> }[] = [
      { from: 'outside', look: (probes, { endpoint }) => probes.outside(endpoint) },
      { from: 'inside', look: (probes, { endpoint, dial }) => probes.inside(endpoint, dial) },
    ];

    describe.each(vantagePoints)('from $from', ({ look }) => {
      it('trusts a chain that is complete, current and of this name', async () => {
        const served = await world.serve('good');
        expect(await look(world.probes, served)).toMatchObject({
          kind: 'served',
          served: { trusted: true, distrust: undefined, fingerprint: served.fingerprint },
        });
      });

      it('tells the chain as it was sent, leaf first', async () => {
        for (const how of ['good', 'without-intermediate'] as const) {
          const served = await world.serve(how);
          const sighting = await look(world.probes, served);
          const chain = sighting.kind === 'served' ? sighting.served.chainPem : [];
          expect(chain).toHaveLength(served.certificates);
        }
      });

      it.each([
        { how: 'without-intermediate', distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
        { how: 'expired', distrust: 'CERT_HAS_EXPIRED' },
        { how: 'not-yet-valid', distrust: 'CERT_NOT_YET_VALID' },
        { how: 'other-name', distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' },
        { how: 'foreign-root', distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      ] as const)('sees $how and says $distrust', async ({ how, distrust }) => {
        const served = await world.serve(how);
        expect(await look(world.probes, served)).toMatchObject({
          kind: 'served',
          served: { trusted: false, distrust, fingerprint: served.fingerprint },
        });
      });

      it.each(['nothing-listens', 'not-tls', 'silent'] as const)('calls %s unreachable and says why', async (how) => {
        const served = await world.serve(how);
        const sighting = await look(how === 'silent' ? world.impatient : world.probes, served);
        expect(sighting).toEqual({ kind: 'unreachable', why: expect.stringMatching(/./) });
      });
    });

    it('finds no server that has no ephemeral keys where it asks as Apple does', async () => {
      for (const { look } of vantagePoints) {
        const good = await world.serve('good');
        const apple = (served: Served) => ({ ...served, endpoint: { ...served.endpoint, as: 'apple' as const } });
        expect(await look(world.probes, apple(good))).toMatchObject({ kind: 'served', served: { trusted: true } });
        const old = await world.serve('static-keys');
        expect(await look(world.probes, old)).toMatchObject({ kind: 'served', served: { trusted: true } });
        expect(await look(world.probes, apple(old))).toEqual({ kind: 'unreachable', why: expect.stringMatching(/./) });
      }
    });

    it('closes the stream it was given, whatever it saw', async () => {
      for (const how of ['good', 'expired', 'not-tls', 'silent'] as const) {
        const served = await world.serve(how);
        await (how === 'silent' ? world.impatient : world.probes).inside(served.endpoint, served.dial);
        expect(served.streams()).toHaveLength(1);
        await expect.poll(() => served.streams().every(({ destroyed }) => destroyed)).toBe(true);
      }
    });
  });
}
