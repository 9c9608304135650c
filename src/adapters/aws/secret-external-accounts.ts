// What ties an account at a certificate authority to a contract (RFC 8555, 7.3.4), as JSON in Secrets Manager.

import type { Secrets } from './secrets.ts';

const FORM = '{"keyId":"…","hmacKey":"…"} with the key in base64url';
const MAX_KEY_ID_LENGTH = 1_000;

export interface ExternalAccount {
  readonly keyId: string;
  /** Base64url, read when it is asked for. */
  readonly hmacKey: () => Promise<string>;
}

/** What `AcmeAuthorities` takes as `externalAccountBinding`. Problems: those of `Secrets`. */
export async function readExternalAccount(secrets: Secrets, name: string): Promise<ExternalAccount> {
  const { keyId } = await readBinding(secrets, name);
  return {
    keyId,
    hmacKey: async () => {
      const now = await readBinding(secrets, name);
      return now.hmacKey;
    },
  };
}

async function readBinding(
  secrets: Secrets,
  name: string,
): Promise<{ readonly keyId: string; readonly hmacKey: string }> {
  return await secrets.readAs(name, FORM, (text) => {
    const { keyId, hmacKey } = Object(JSON.parse(text)) as { readonly keyId?: unknown; readonly hmacKey?: unknown };
    if (typeof keyId !== 'string' || !/^[\x21-\x7e]+$/.test(keyId) || keyId.length > MAX_KEY_ID_LENGTH)
      return undefined;
    // Some authorities give it in plain base64, padded.
    const key =
      typeof hmacKey === 'string' ? hmacKey.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : '';
    return /^[A-Za-z0-9_-]{22,}$/.test(key) ? { keyId, hmacKey: key } : undefined;
  });
}
