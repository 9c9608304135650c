// How much of an upload is looked at: what the largest honest one needs, several times over.

/** Of all files together, and once more of all that zips unpack to, in bytes: a certificate has about 2,000, a zip of a CA up to 60,000. */
export const MAX_UPLOAD_BYTES = 1024 * 1024;

/** Files, entries of zips included; folders and what macOS adds do not count. */
export const MAX_FILES = 20;

/** Entries of a zip that are stepped over, those that do not count included. */
export const MAX_ENTRIES = 200;

export const MAX_CERTIFICATES = 20;

export const MAX_KEYS = 20;

/** PEM blocks, bags and certificates looked at, the same ones again included: CAs pack one chain in three forms. */
export const MAX_PARTS = 100;

/** One certificate, in bytes of DER: 100 names of 253 characters are 26,000. */
export const MAX_CERTIFICATE_BYTES = 64 * 1024;

/** One key, in bytes of DER: RSA-16384 has 9,300. */
export const MAX_KEY_BYTES = 16 * 1024;

/** Passwords tried at each encrypted part, and the characters of each. */
export const MAX_PASSWORDS = 10;
export const MAX_PASSWORD_LENGTH = 1_000;

/** Depth of indefinite lengths in one another, and of pieces of an octet string. PKCS#12 needs 12. */
export const MAX_DEPTH = 24;

/**
 * What may be spent on turning passwords into keys in one `read`, in microseconds as measured on one core of 2022 (`key-work.ts`).
 * OpenSSL asks for 2,048 rounds, Windows for 2,000, Java up to 2020 for 50,000 and 100,000 (350,000 here), GnuTLS and Firefox for 600,000 of PBKDF2 a part.
 */
export const MAX_KEY_WORK = 600_000;
