// What every RenewalAdvice keeps; see the numbered rules of src/ports/renewal-advice.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenewalAdvice } from '../../src/ports/renewal-advice.ts';

/** `now`: renew at once; `later`: a window in the second half of the leaf's life; `none`: it gives no advice to anybody. */
export type Advised = 'now' | 'later' | 'none';

export interface RenewalAdviceUnderTest {
  readonly advice: RenewalAdvice;
  readonly authorityId: string;
  /** Of a leaf the authority issued. */
  readonly chainPem: string;
  /** Of one it did not. */
  readonly strangeChainPem: string;
  /** What the authority advises from now on. */
  readonly advise: (advised: Advised) => void;
  readonly close: () => Promise<void>;
}

const DAY_MS = 86_400_000;

export function renewalAdviceContract(start: () => Promise<RenewalAdviceUnderTest>): void {
  describe('as RenewalAdvice', () => {
    let world: RenewalAdviceUnderTest;
    const find = (chainPem = world.chainPem) => world.advice.find(world.authorityId, chainPem);

    beforeEach(async () => {
      world = await start();
    });

    afterEach(async () => {
      await world.close();
    });

    it('names the leaf as RFC 9773 does, and says when to renew it and when to ask again', async () => {
      world.advise('later');
      const info = await find();
      expect(info?.ariCertId).toMatch(/^[\w-]{27}\.[\w-]{10,30}$/);
      const { start, end } = info?.suggestedWindow ?? { start: new Date(0), end: new Date(0) };
      expect(start.getTime()).toBeGreaterThan(Date.now());
      expect(end.getTime()).toBeGreaterThan(start.getTime());
      expect(info?.retryAfterMs).toBeGreaterThanOrEqual(60_000);
      expect(info?.retryAfterMs).toBeLessThanOrEqual(DAY_MS);
    });

    it('says at once what has changed', async () => {
      world.advise('later');
      const later = await find();
      world.advise('now');
      const now = await find();
      expect(now?.ariCertId).toBe(later?.ariCertId);
      expect(now?.suggestedWindow.start.getTime()).toBeLessThanOrEqual(Date.now());
    });

    it('says nothing where the authority gives no advice', async () => {
      world.advise('none');
      expect(await find()).toBeUndefined();
    });

    it('is refused for a leaf the authority does not know', async () => {
      world.advise('later');
      await expect(find(world.strangeChainPem)).rejects.toMatchObject({ name: 'ca-refused' });
    });

    it('knows the authorities of its settings and no others', async () => {
      for (const name of ['nowhere', 'constructor', '__proto__', '']) {
        const finding = world.advice.find(name, world.chainPem);
        await expect(finding).rejects.toMatchObject({ name: 'bad-request', field: 'authority' });
      }
    });
  });
}
