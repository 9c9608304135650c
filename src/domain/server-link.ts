// The links in mails that are about one server and no appointment: signed, for one purpose, and worth nothing for another.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** `upload`: the next certificate is sent. `names`: somebody has changed the names of the server, and it is looked at again. */
export type LinkPurpose = 'upload' | 'names';

export interface ServerLink {
  readonly partner: string;
  readonly hostname: string;
  /** `upload`: fingerprint of the leaf that is to be replaced. `names`: id of the order they stand in the way of. */
  readonly about: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

const MAX_TOKEN = 800;

/** `<what it says>.<HMAC-SHA256>`; the same link is the same token. `key`: at least 32 bytes. */
export function signServerLink(purpose: LinkPurpose, link: ServerLink, key: Uint8Array): string {
  const { partner, hostname, about, expires } = link;
  const body = Buffer.from(JSON.stringify([partner, hostname, about, expires])).toString('base64url');
  return `${body}.${macOf(purpose, body, key).toString('base64url')}`;
}

/** Undefined when no key signed it for this purpose, when it has come to its end, or when it is no token at all. */
export function readServerLink(
  purpose: LinkPurpose,
  token: string,
  keys: readonly Uint8Array[],
  now: Date,
): ServerLink | undefined {
  const parts = token.length > MAX_TOKEN ? null : /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token);
  if (parts === null) return undefined;
  const [, body = '', mac = ''] = parts;
  const given = Buffer.from(mac, 'base64url');
  // Base64 has more than one spelling of the last character: only ours is taken.
  if (given.toString('base64url') !== mac) return undefined;
  if (!keys.some((key) => timingSafeEqual(macOf(purpose, body, key), given))) return undefined;
  const [partner, hostname, about, expires] = JSON.parse(Buffer.from(body, 'base64url').toString());
  return expires * 1000 > now.getTime() ? { partner, hostname, about, expires } : undefined;
}

/** A link to an appointment, signed with the same key, is none of these, nor is one of them another. */
function macOf(purpose: LinkPurpose, body: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`ucx-certs ${purpose} link\n${body}`).digest();
}
