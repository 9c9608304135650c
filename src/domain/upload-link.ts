// The link in a mail by which a customer sends the next certificate of one server: signed, for that server and that certificate alone.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface UploadLink {
  readonly partner: string;
  readonly hostname: string;
  /** Of the leaf that is to be replaced: once another is served, the link leads nowhere. */
  readonly fingerprint: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

const MAX_TOKEN = 800;

/** `<what it says>.<HMAC-SHA256>`; the same link is the same token. `key`: at least 32 bytes. */
export function signUploadLink({ partner, hostname, fingerprint, expires }: UploadLink, key: Uint8Array): string {
  const body = Buffer.from(JSON.stringify([partner, hostname, fingerprint, expires])).toString('base64url');
  return `${body}.${macOf(body, key).toString('base64url')}`;
}

/** Undefined when no key signed it, when it has come to its end, or when it is no token at all. */
export function readUploadLink(token: string, keys: readonly Uint8Array[], now: Date): UploadLink | undefined {
  const parts = token.length > MAX_TOKEN ? null : /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token);
  if (parts === null) return undefined;
  const [, body = '', mac = ''] = parts;
  const given = Buffer.from(mac, 'base64url');
  // Base64 has more than one spelling of the last character: only ours is taken.
  if (given.toString('base64url') !== mac) return undefined;
  if (!keys.some((key) => timingSafeEqual(macOf(body, key), given))) return undefined;
  const [partner, hostname, fingerprint, expires] = JSON.parse(Buffer.from(body, 'base64url').toString());
  return expires * 1000 > now.getTime() ? { partner, hostname, fingerprint, expires } : undefined;
}

/** Its own purpose: a link to an appointment, signed with the same key, is none of these. */
function macOf(body: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`ucx-certs upload link\n${body}`).digest();
}
