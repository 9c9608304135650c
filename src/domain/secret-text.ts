// Takes out of a text what looks like a secret, for texts that come from outside and go into logs and messages.

/** PEM of a private key, whole or cut off at its end; with real line ends or written as `\n`. */
const PRIVATE_PEM = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[\s\S]*$)/g;

/** Three parts in base64url: a JSON Web Token (RFC 7519), or the link in a mail of ours, which begins with its version. */
const TOKEN = /\b[A-Za-z0-9_-]{1,2000}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g;

/** RFC 9110, 11.6.2. */
const AUTHORIZATION = /\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]{8,}/gi;

/** Key ids of AWS are no secret; what stands beside them under one of these names is. */
const NAMED =
  /\b(secret(?:AccessKey)?|password|passphrase|hmacKey|sessionToken|privateKey)(["']?\s*[:=]\s*["']?)[^\s"',}]{4,}/gi;

/** The text with `(secret)` in place of private keys, tokens, log-ins and what is called a password. Names of things stay. */
export function withoutSecrets(text: string): string {
  return text
    .replace(PRIVATE_PEM, '(secret)')
    .replace(AUTHORIZATION, '$1 (secret)')
    .replace(TOKEN, (found) => (looksDrawn(found) ? '(secret)' : found))
    .replace(NAMED, '$1$2(secret)');
}

/** A long DNS name has parts too: a token has capitals and digits in it. */
function looksDrawn(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}
