// What customers mail when they bring their own certificate: any files, taken apart into certificates and private keys.

/** As it came in: `name` is only ever shown, never used as a path. */
export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FoundCertificate {
  /** The very bytes its issuer signed. */
  readonly der: Uint8Array;
  /** Where it was found, fit to be shown: `bundle.zip: leaf.crt, block 2`. */
  readonly from: string;
}

export interface FoundKey {
  /** Unencrypted PKCS#8 PEM of an RSA key or an EC key on a named curve; a secret. */
  readonly pkcs8Pem: string;
  readonly from: string;
}

/** Something odd, or left out, that is no reason to refuse the file; holds no secret. */
export interface ReadRemark {
  readonly code: RemarkCode;
  readonly from: string;
  readonly message: string;
}

export type RemarkCode =
  | 'text-ignored' // around PEM blocks, or bytes after the end of a structure
  | 'block-ignored' // a PEM block or a bag of a kind nobody needs here
  | 'entry-ignored' // of a zip: a readme, a picture, what macOS adds
  | 'request-found' // a CSR, which is no certificate
  | 'public-key-found'
  | 'revocation-list-found'
  | 'key-not-usable' // neither RSA nor EC on a named curve
  | 'encryption-outdated' // opened, but anybody can try passwords at it fast
  | 'integrity-unproven'; // PKCS#12 without a MAC

/** What all files held together, in the order of the files; the same certificate or key is in it once, as first found. */
export interface Material {
  readonly certificates: readonly FoundCertificate[];
  readonly keys: readonly FoundKey[];
  readonly remarks: readonly ReadRemark[];
}

/**
 * Rules every adapter keeps; test/contracts/certificate-files.ts checks each of them:
 *
 * 1. `read` answers every certificate and private key in PEM, DER, bare base64, PKCS#7, PKCS#12 and zip files, whatever the files are called and in whatever
 *    order things stand in them. It judges nothing: an expired leaf, a stranger's key and a root are answered like all others.
 * 2. The same certificate (DER) or key is answered once, with the place where it was found first.
 * 3. What is encrypted is opened with whichever of `passwords` fits, each part with its own; no password and the empty one are tried without being asked.
 *    None given that could fit is `upload-password-needed`, none that fits `upload-password-wrong`.
 * 4. A file that is something else, is damaged, or holds nothing of a certificate is `upload-not-readable`: the message says what was seen and what would be right.
 *    Files beside certificates in a zip are remarks instead.
 * 5. All files together are bounded in bytes, files (of a zip each entry), certificates and keys, packed and unpacked: beyond is `upload-too-large`.
 *    Whatever the bytes are, the answer comes within a second of computing and is a `Material` or one of these four problems.
 * 6. Problems of several files are one problem: code of the first, messages of all. Messages name files in quotes; no message, remark or place holds a
 *    password or anything of a key.
 * 7. Nothing is written or fetched anywhere; the same files give the same answer.
 */
export interface CertificateFiles {
  read(files: readonly UploadedFile[], passwords: readonly string[]): Promise<Material>;
}
