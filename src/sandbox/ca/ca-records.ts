// What the CA keeps: accounts, orders, authorizations and certificates, as plain values that go to disk as they are.

import type { JWK } from 'jose';
import type { CaProfileName } from './ca-profiles.ts';
import type { CaProblemDocument } from './ca-refusal.ts';

/** Points in time are ISO 8601 in UTC with whole seconds, as ACME sends them. */
export interface AccountRecord {
  readonly kind: 'account';
  readonly id: string;
  /** The public key, and its RFC 7638 thumbprint, by which an account is found again. */
  readonly jwk: JWK;
  readonly thumbprint: string;
  readonly contact: readonly string[];
  readonly status: 'valid' | 'deactivated';
  readonly createdAt: string;
  /** Of the external account it is bound to (RFC 8555, 7.3.4). */
  readonly externalAccountKeyId?: string;
}

export interface ChallengeRecord {
  readonly id: string;
  readonly type: 'dns-01' | 'http-01' | 'tls-alpn-01';
  readonly token: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
  readonly validatedAt?: string;
  readonly error?: CaProblemDocument;
}

export interface AuthorizationRecord {
  readonly kind: 'authorization';
  readonly id: string;
  readonly accountId: string;
  /** Without `*.`; that it is for the wildcard is said by `wildcard`. */
  readonly name: string;
  readonly wildcard: boolean;
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated';
  readonly expiresAt: string;
  readonly challenges: readonly ChallengeRecord[];
}

export interface OrderRecord {
  readonly kind: 'order';
  readonly id: string;
  readonly accountId: string;
  /** As ordered, with `*.` where it was asked for. */
  readonly names: readonly string[];
  readonly authorizationIds: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  /** Signed finalize requests that reached this order, whatever came of them. An honest client makes one. */
  readonly finalizeRequests: number;
  /** DER as base64url, once accepted: from here on the order is processing until it has a certificate or an error. */
  readonly csr?: string;
  readonly certificateId?: string;
  readonly error?: CaProblemDocument;
  /** `ariCertId` of the leaf this order renews, as it was ordered (RFC 9773, 5). */
  readonly replaces?: string;
  /** What kind of leaf it is for; absent while no profiles are offered. */
  readonly profile?: CaProfileName;
  /** From which of Let's Encrypt's rate limits it was exempt when it was placed. */
  readonly exemption?: 'all' | 'renewal';
}

export interface CertificateRecord {
  readonly kind: 'certificate';
  readonly id: string;
  readonly orderId: string;
  readonly accountId: string;
  readonly leafPem: string;
  /** Lower hex. */
  readonly serial: string;
  /** Which of our intermediates signed it: 0 or 1. */
  readonly intermediate: number;
  readonly revokedAt?: string;
  readonly revocationReason?: number;
  /** Of the lifetime, in the middle of the window suggested for its renewal; absent where the usual window is suggested. */
  readonly earlyShare?: number;
}

/** How much of a rate limit is used up. */
export interface BucketRecord {
  readonly kind: 'bucket';
  /** Which limit, and whose. */
  readonly id: string;
  /** Milliseconds since 1970: when nothing of it is used up any more. */
  readonly fullAtMs: number;
}

export type CaRecord = AccountRecord | AuthorizationRecord | OrderRecord | CertificateRecord | BucketRecord;

/** ISO 8601 without fractions of a second (RFC 3339 as in RFC 8555's examples). */
export function atSecond(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Of a name as ordered: authorizations are for the base, and say whether they are for the wildcard. */
export function splitName(name: string): { readonly base: string; readonly wildcard: boolean } {
  return name.startsWith('*.') ? { base: name.slice(2), wildcard: true } : { base: name, wildcard: false };
}

/** The same for the same names in any order. */
export function nameSetOf(names: readonly string[]): string {
  return [...names].sort().join(',');
}
