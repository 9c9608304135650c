// The private keys we log in to servers with, one a connection profile or partner, as text in Secrets Manager.

import type { Secrets } from './secrets.ts';

/** `-----BEGIN OPENSSH PRIVATE KEY-----`, `-----BEGIN PRIVATE KEY-----` and their like; one block. */
const KEY = /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\s]+-----END (?:[A-Z]+ )*PRIVATE KEY-----\s*$/;
const FORM = 'a private key without passphrase in PEM or OpenSSH form';
const MAX_KEY_LENGTH = 20_000;

/** What `SshAppliances` takes as `privateKeyPem`: `nameOf` says which secret has it. Problems: those of `Secrets`. */
export function secretSshKeys<Profile>(
  secrets: Secrets,
  nameOf: (profile: Profile) => string,
): (profile: Profile) => Promise<string> {
  return async (profile) =>
    await secrets.readAs(nameOf(profile), FORM, (text) =>
      text.length <= MAX_KEY_LENGTH && KEY.test(text.trimStart()) ? `${text.trim()}\n` : undefined,
    );
}
