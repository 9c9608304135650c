// An acmeOrder as the authority in memory keeps it, and what can be said of it.

import { createHash, createPublicKey } from 'node:crypto';
import type {
  AcmeAccount,
  AcmeOrderStatus,
  AcmeOrderView,
  AcmeProofs,
  AcmeRefusal,
  OpenChallenge,
  PlacedAcmeOrder,
} from '../../ports/authority.ts';

export interface MemoryOrder {
  readonly url: string;
  readonly accountUrl: string;
  readonly names: readonly string[];
  readonly replaces: string | undefined;
  readonly proofs: {
    readonly name: string;
    readonly token: string;
    readonly url: string;
    answered: boolean;
    proven: boolean;
  }[];
  refusal: AcmeRefusal | undefined;
  /** Looks at it until what the authority is at is done. */
  readsLeft: number;
  csrTaken: boolean;
  chainPem: string | undefined;
}

export function statusOf(order: MemoryOrder): Exclude<AcmeOrderStatus, 'gone'> {
  if (order.refusal) return 'invalid';
  if (order.proofs.some(({ proven }) => !proven)) return 'pending';
  if (!order.csrTaken) return 'ready';
  return order.readsLeft > 0 || order.chainPem === undefined ? 'processing' : 'valid';
}

export function placedOf({ url, names, proofs }: MemoryOrder): PlacedAcmeOrder {
  return {
    orderUrl: url,
    names,
    finalizeUrl: `${url}/finalize`,
    authorizationUrls: proofs.map((proof) => `${proof.url}/authorization`),
  };
}

export function viewOf(order: MemoryOrder): AcmeOrderView {
  const status = statusOf(order);
  return {
    status,
    refusal: order.refusal,
    retryAfterMs: status === 'processing' ? 1000 : undefined,
    placed: placedOf(order),
    certificateUrl: status === 'valid' ? certificateUrlOf(order) : undefined,
  };
}

export function certificateUrlOf({ url }: MemoryOrder): string {
  return `${url}/certificate`;
}

export function proofsOf(order: MemoryOrder, thumbprint: string): AcmeProofs {
  const open = order.proofs.filter(({ proven }) => !proven);
  const status = order.refusal ? 'invalid' : open.length === 0 ? 'proven' : 'pending';
  return {
    status,
    openChallenges: status === 'pending' ? open.map((proof) => challengeOf(proof, thumbprint)) : [],
    refusal: order.refusal,
    retryAfterMs: undefined,
  };
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
export function thumbprintOf({ key }: Pick<AcmeAccount, 'key'>): string {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
