// Renewal advice inside the process: what a function of the test says for the leaf.

import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { Problem } from '../../domain/problem.ts';
import type { RenewalAdvice, RenewalInfo } from '../../ports/renewal-advice.ts';

export interface LeafAskedFor {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface MemoryRenewalAdviceOptions {
  readonly authorityIds: readonly string[];
  /** Throwing is the authority's refusal. @default - no advice */
  readonly windowFor?: (leaf: LeafAskedFor) => { readonly start: Date; readonly end: Date } | undefined;
  /** @default 6 hours, as Let's Encrypt */
  readonly retryAfterMs?: number;
}

const SIX_HOURS_MS = 6 * 3_600_000;

export class MemoryRenewalAdvice implements RenewalAdvice {
  readonly #options: MemoryRenewalAdviceOptions;
  #asked = 0;

  constructor(options: MemoryRenewalAdviceOptions) {
    this.#options = options;
  }

  /** How often somebody asked. */
  get asked(): number {
    return this.#asked;
  }

  async find(authorityId: string, chainPem: string): Promise<RenewalInfo | undefined> {
    const { authorityIds, windowFor = () => undefined, retryAfterMs = SIX_HOURS_MS } = this.#options;
    if (!authorityIds.includes(authorityId))
      throw new Problem('bad-request', `no authority "${authorityId}"`, { field: 'authority' });
    this.#asked += 1;
    const leaf = new X509Certificate(chainPem);
    const suggestedWindow = windowFor({ notBefore: leaf.validFromDate, notAfter: leaf.validToDate });
    return (
      suggestedWindow && { ariCertId: ariCertIdOf(chainPem), suggestedWindow, explanationUrl: undefined, retryAfterMs }
    );
  }
}

/** RFC 9773, 4.1. The serial as DER has it: a zero byte in front where the first bit is set, which the library drops. */
function ariCertIdOf(chainPem: string): string {
  const leaf = new x509.X509Certificate(chainPem);
  const issuer = leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? '';
  const serial = /^[89a-f]/i.test(leaf.serialNumber) ? `00${leaf.serialNumber}` : leaf.serialNumber;
  const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
  return `${base64url(issuer)}.${base64url(serial)}`;
}
