// An acmeOrder as the authority in memory keeps it, and what can be said of it.

import { createHash, createPublicKey } from 'node:crypto';
import type { AcmeAccount, AcmeOrderView, OpenChallenge } from '../../ports/authority.ts';

export interface MemoryOrder {
  readonly url: string;
  readonly accountUrl: string;
  readonly names: readonly string[];
  readonly proofs: {
    readonly name: string;
    readonly token: string;
    readonly url: string;
    answered: boolean;
    proven: boolean;
  }[];
  refusal: AcmeOrderView['refusal'];
  /** `read` calls until what the authority is at is done. */
  readsLeft: number;
  csrTaken: boolean;
  chainPem: string | undefined;
}

export function statusOf(order: MemoryOrder): AcmeOrderView['status'] {
  if (order.refusal) return 'invalid';
  if (order.proofs.some(({ proven }) => !proven)) return 'pending';
  if (!order.csrTaken) return 'ready';
  return order.readsLeft > 0 || order.chainPem === undefined ? 'processing' : 'valid';
}

export function challengeOf(proof: MemoryOrder['proofs'][number], thumbprint: string): OpenChallenge {
  return {
    name: proof.name,
    challengeUrl: proof.url,
    txtName: `_acme-challenge.${proof.name.replace(/^\*\./, '')}`,
    txtValue: createHash('sha256').update(`${proof.token}.${thumbprint}`).digest('base64url'),
    status: proof.answered ? 'processing' : 'pending',
  };
}

/** RFC 7638. */
export function thumbprintOf({ key }: AcmeAccount): string {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
