// What every adapter of the Publications port does; see the numbered rules of src/ports/publications.ts.

import { describe, expect, it } from 'vitest';
import type { CertificateToPublish, Publications } from '../../src/ports/publications.ts';
import { makeRoot } from '../support/leaves.ts';

export interface PublicationsUnderTest {
  readonly publications: Publications;
  /** What others see, asked behind the adapter's back; undefined when there is none. */
  readonly held: (reference: string) => Promise<HeldPublication | undefined>;
  readonly count: () => Promise<number>;
  /** Somebody takes it away. */
  readonly take: (reference: string) => Promise<void>;
}

export interface HeldPublication {
  readonly leafPem: string;
  readonly intermediatesPem: string | undefined;
  readonly partner: string | undefined;
  readonly server: string | undefined;
}

export function publicationsContract(open: () => Promise<PublicationsUnderTest>): void {
  describe('as Publications', () => {
    const server = 'pbx.northwind.test';

    it('publishes leaf and chain, marked with partner and server', async () => {
      const { publications, held } = await open();
      const certificate = await made();
      const { reference } = await publications.publish(certificate);
      expect(plain(await held(reference))).toEqual({ ...blocks(certificate.chainPem), partner: 'northwind', server });
    });

    it('lets a renewed certificate take the place of the one before', async () => {
      const { publications, held, count } = await open();
      const { reference } = await publications.publish(await made());
      const renewed = await made({ intermediate: false });
      expect(await publications.publish({ ...renewed, reference })).toEqual({ reference });
      expect(plain(await held(reference))).toEqual({ ...blocks(renewed.chainPem), partner: 'northwind', server });
      expect(await count()).toBe(1);
    });

    it('finds what it published when its answer was lost', async () => {
      const { publications, count } = await open();
      const certificate = await made();
      const first = await publications.publish(certificate);
      expect(await publications.publish(certificate)).toEqual(first);
      expect(await publications.publish(await made())).toEqual(first);
      expect(await count()).toBe(1);
    });

    it('publishes anew what was taken away', async () => {
      const { publications, held, take } = await open();
      const { reference } = await publications.publish(await made());
      await take(reference);
      const anew = await publications.publish({ ...(await made()), reference });
      expect(await held(anew.reference)).toBeDefined();
    });

    it('touches no certificate of another partner or server, whatever its names', async () => {
      const { publications, held, count } = await open();
      const first = await made();
      const { reference } = await publications.publish(first);
      await publications.publish(await made({ partner: 'southwind' }));
      await publications.publish(await made({ server: 'pbx2.northwind.test' }));
      expect(await count()).toBe(3);
      expect(plain(await held(reference))).toMatchObject(blocks(first.chainPem));
    });

    it.each<{ what: string; bad: (good: CertificateToPublish) => Promise<Partial<CertificateToPublish>> }>([
      { what: 'another key', bad: async () => ({ privateKeyPem: (await made()).privateKeyPem }) },
      { what: 'no key', bad: async () => ({ privateKeyPem: 'hunter2' }) },
      { what: 'no chain', bad: async () => ({ chainPem: '' }) },
      { what: 'a chain of noise', bad: async ({ chainPem }) => ({ chainPem: chainPem.replace('MII', 'AAA') }) },
    ])('refuses $what, and changes nothing', async ({ bad }) => {
      const { publications, held, count } = await open();
      const good = await made();
      const { reference } = await publications.publish(good);
      const wrong = { ...good, ...(await bad(good)), reference };
      const refused = await publications.publish(wrong).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'publication-refused' });
      expect(String(refused)).not.toContain('hunter2');
      expect(plain(await held(reference))).toMatchObject(blocks(good.chainPem));
      expect(await count()).toBe(1);
    });

    async function made(
      options: { readonly partner?: string; readonly server?: string; readonly intermediate?: boolean } = {},
    ): Promise<CertificateToPublish> {
      const root = await makeRoot();
      const issuer = options.intermediate === false ? root : await root.intermediate();
      const { chainPem, keyPem } = await issuer.leaf({ names: [server], commonName: server });
      const { partner = 'northwind' } = options;
      return { partner, server: options.server ?? server, chainPem, privateKeyPem: keyPem };
    }
  });
}

function blocks(chainPem: string) {
  const [leaf, ...others] = chainPem.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((block) => block !== '');
  return { leafPem: leaf, intermediatesPem: others.length === 0 ? undefined : others.join('\n') };
}

function plain(held: HeldPublication | undefined) {
  if (held === undefined) return undefined;
  const { leafPem, intermediatesPem, partner, server } = held;
  return { leafPem: leafPem.trim(), intermediatesPem: intermediatesPem?.trim(), partner, server };
}
