// The link in a mail that lets one person answer one appointment: signed, bound to what it may do, and worth nothing once things have changed.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Side } from './appointment.ts';

/** What a link may do; each is a letter of the token. */
export const LINK_ACTS = { confirm: 'c', move: 'm', cancel: 'x', 'run-now': 'n', done: 'd' } as const;
export type LinkAct = keyof typeof LINK_ACTS;

export interface AppointmentLink {
  readonly partner: string;
  readonly appointmentId: string;
  /** Change of the appointment that was told; after the next one the link shows and does nothing. */
  readonly sequence: number;
  /** As whom it answers. */
  readonly side: Side;
  /** Whom it was sent to, without the address itself (`recipientKey`). */
  readonly recipient: string;
  /** Which notice it stood in: a reminder has another link than the announcement. */
  readonly notice: string;
  readonly acts: readonly LinkAct[];
  /** Seconds since 1970. */
  readonly expires: number;
}

const VERSION = '1';
const MAX_TOKEN = 600;
const MIN_KEY_BYTES = 32;

/** `<version>.<what it says>.<HMAC-SHA256 of both>`; the same link is the same token. `key`: at least 32 bytes. */
export function signLink(link: AppointmentLink, key: Uint8Array): string {
  const { partner, appointmentId, sequence, side, recipient, notice, acts, expires } = link;
  const letters = acts.map((act) => LINK_ACTS[act]).join('');
  const says = [partner, appointmentId, sequence, side, recipient, notice, letters, expires];
  const body = `${VERSION}.${Buffer.from(JSON.stringify(says)).toString('base64url')}`;
  return `${body}.${macOf(body, key).toString('base64url')}`;
}

/** Undefined when no key signed it, when it has come to its end, or when it is no token at all; which of them is nobody's business. */
export function readLink(token: string, keys: readonly Uint8Array[], now: Date): AppointmentLink | undefined {
  const parts = token.length > MAX_TOKEN ? null : /^(1\.[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token);
  if (parts === null) return undefined;
  const [, body = '', mac = ''] = parts;
  const given = Buffer.from(mac, 'base64url');
  // Base64 has more than one spelling of the last character: only ours is taken.
  if (given.toString('base64url') !== mac) return undefined;
  if (!keys.some((key) => timingSafeEqual(macOf(body, key), given))) return undefined;
  const link = parse(Buffer.from(body.slice(VERSION.length + 1), 'base64url').toString());
  return link !== undefined && link.expires * 1000 > now.getTime() ? link : undefined;
}

/** Names a link in records and logs: nobody can make the link from it. */
export function linkId(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16);
}

function macOf(body: string, key: Uint8Array): Buffer {
  if (key.length < MIN_KEY_BYTES) throw new Error(`a link key has at least ${MIN_KEY_BYTES} bytes`);
  return createHmac('sha256', key).update(`ucx-certs appointment link\n${body}`).digest();
}

/** Signed by us, so of our form; another version of ours may have had another. */
function parse(json: string): AppointmentLink | undefined {
  const says: unknown = JSON.parse(json);
  if (!Array.isArray(says) || says.length !== 8) return undefined;
  const [partner, appointmentId, sequence, side, recipient, notice, letters, expires] = says;
  const acts = (Object.keys(LINK_ACTS) as LinkAct[]).filter((act) => String(letters).includes(LINK_ACTS[act]));
  return { partner, appointmentId, sequence, side, recipient, notice, acts, expires };
}
