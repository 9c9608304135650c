// A customer's order: one piece of work for one server's certificate.

import { createHash } from 'node:crypto';
import type { BypassRequest } from './bypass.ts';
import type { WindowPolicy } from './restart-window.ts';
import type { WantedRecord } from './wanted-records.ts';

export interface Contact {
  readonly name: string | undefined;
  readonly email: string;
}

/** A node of a pair, reached by an address of its own; its connection profile where it is not the pair's. */
export interface Standby {
  readonly publicIp: string;
  readonly connectionProfile?: string | undefined;
}

/** What the order system asks for, checked and in our form. */
export interface OrderRequest {
  readonly hostname: string;
  /** Further names of the same server, in the certificate after the hostname; none is the hostname. Absent = none. */
  readonly alternativeNames?: readonly string[] | undefined;
  readonly customer: string;
  readonly publicIp: string;
  readonly sitePort: number;
  readonly connectionProfile: string;
  readonly contacts: readonly Contact[];
  readonly windowPolicy: WindowPolicy;
  /** Nobody uses this server yet: its first restart disturbs nobody. Absent = it is used; never assumed. */
  readonly inService?: false | undefined;
  /** The other node of a high-availability pair, whose cluster address is `publicIp`. Absent = there is none. */
  readonly standby?: Standby | undefined;
  /** "Allow Invalid Self-Signed Certificates" is on, for a trial. Absent = it is not. */
  readonly bypass?: BypassRequest | undefined;
  /** Brought by the customer, by its fingerprint; key and chain are in the vault. Absent = we obtain one. */
  readonly certificate?: { readonly fingerprint: string } | undefined;
  readonly authority: string;
  readonly keyType: 'rsa-2048' | 'ec-p256';
}

/** Open: accepted, working, awaiting-dns, web-served, awaiting-window, activating. Closed: done, needs-attention, cancelled. */
export type OrderState =
  | 'accepted'
  | 'working'
  | 'awaiting-dns'
  | 'web-served'
  | 'awaiting-window'
  | 'activating'
  | 'done'
  | 'needs-attention'
  | 'cancelled';

export interface OrderProblem {
  readonly code: string;
  readonly message: string;
  readonly step: string;
}

export interface Order {
  readonly id: string;
  readonly partner: string;
  readonly idempotencyKey: string;
  /** SHA-256 of the request in our form: the same key with another one is refused. */
  readonly requestHash: string;
  readonly request: OrderRequest;
  readonly reason: 'provision' | 'renew' | 'import';
  /** Where the vault keeps what the customer brought; absent = nothing was. */
  readonly imported?: ImportedSet | undefined;
  /** Of a renewal: fingerprint of the leaf in service when it was ordered. */
  readonly renews?: string | undefined;
  /** Of a renewal: `ariCertId` of that leaf (RFC 9773, 5), where its authority gives advice. */
  readonly replaces?: string | undefined;
  /** Of a renewal: the order before it whose leaf was issued and never served; this one goes on with it. */
  readonly takesOver?: string | undefined;
  readonly state: OrderState;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly closedAt?: string | undefined;
  readonly warnings: readonly string[];
  readonly problem?: OrderProblem | undefined;
  /** Records the customer has to set before the order can go on; absent when there are none. */
  readonly wantedRecords?: readonly WantedRecord[] | undefined;
  /** Since when they are waited for; ISO 8601. */
  readonly awaitingDnsSince?: string | undefined;
  /** The hostname is live under an address we wrote; it is changed inside the appointment. Absent = nothing to change. */
  readonly addressChange?: { readonly from: string; readonly to: string } | undefined;
  /** Since when the web administration of a server without InfinityOne serves the leaf; ISO 8601. */
  readonly webServedAt?: string | undefined;
  /** Fingerprint of the leaf that was issued, once there is one. */
  readonly fingerprint?: string | undefined;
  readonly appointmentId?: string | undefined;
  /** Somebody wants the leaf of this order taken back at its authority. */
  readonly revocation?: OrderRevocation | undefined;
}

/** References into the vault, which hold no secret. */
export interface ImportedSet {
  readonly keyRef: { readonly name: string; readonly version: string };
  readonly chainRef: { readonly name: string; readonly version: string };
}

/** In the place of an authority, of a certificate that a customer brought. */
export const IMPORTED = 'imported';

/** In the place of an authority, of a certificate that somebody else installed, and that was seen on the wire. */
export const OBSERVED = 'observed';

/** RFC 5280, 5.3.1, as far as subscribers may say it (CA/Browser Forum Baseline Requirements, 7.2.2). */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** Moments are ISO 8601. */
export interface OrderRevocation {
  readonly reason: RevocationReason;
  readonly askedAt: string;
  /** The authority has taken it back; absent until then. */
  readonly revokedAt?: string | undefined;
}

/** What the leaf is ordered for: the hostname first. */
export function orderedNames(
  request: Pick<OrderRequest, 'hostname' | 'alternativeNames'>,
): readonly [string, ...string[]] {
  return [request.hostname, ...(request.alternativeNames ?? [])];
}

const CLOSED: readonly OrderState[] = ['done', 'needs-attention', 'cancelled'];

export function isClosed(order: Pick<Order, 'state'>): boolean {
  return CLOSED.includes(order.state);
}

/**
 * The same partner and idempotency key are the same order, on any machine and at any time. 26 characters of a-z and 2-7
 * (130 bits), so that it may name an execution (1 to 64 of `[A-Za-z0-9-_]`).
 */
export function orderId(partner: string, idempotencyKey: string): string {
  const digest = createHash('sha256').update(`${partner}\0${idempotencyKey}`).digest();
  return base32(digest).slice(0, 26);
}

/** The same for the same request, whatever the order of its fields. */
export function requestHash(request: OrderRequest): string {
  return createHash('sha256').update(canonical(request)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** RFC 4648, 6, in lower case and without padding. */
function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0;
  let held = 0;
  let text = '';
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
    held &= 31;
  }
  return text;
}
