// Publications in memory, for tests: one certificate a partner and server.

import { type PublishedChain, publishedChain } from '../../domain/published-chain.ts';
import type { CertificateToPublish, Publications } from '../../ports/publications.ts';

export interface Published extends PublishedChain {
  readonly partner: string;
  readonly server: string;
}

export class MemoryPublications implements Publications {
  readonly #held = new Map<string, Published>();
  #drawn = 0;

  async publish(certificate: CertificateToPublish): Promise<{ readonly reference: string }> {
    const { partner, server, chainPem, privateKeyPem } = certificate;
    const chain = publishedChain(chainPem, privateKeyPem);
    const found = [...this.#held].find(([, held]) => held.partner === partner && held.server === server)?.[0];
    const given = certificate.reference;
    const standing = given !== undefined && this.#held.has(given) ? given : found;
    this.#drawn += standing === undefined ? 1 : 0;
    const reference = standing ?? `publication-${this.#drawn}`;
    this.#held.set(reference, { ...chain, partner, server });
    return { reference };
  }

  held(): ReadonlyMap<string, Published> {
    return new Map(this.#held);
  }

  /** As somebody else would. */
  take(reference: string): void {
    this.#held.delete(reference);
  }
}
