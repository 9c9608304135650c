// RC2 in CBC mode (RFC 2268), which Windows before 2019 hides certificates with and OpenSSL 3 no longer knows.

/** Undefined: the padding is wrong, as with another key. Loads node-forge the first time. */
export async function decryptRc2(
  octets: Uint8Array,
  { key, iv, bits }: { readonly key: Buffer; readonly iv: Uint8Array; readonly bits: number },
): Promise<Buffer | undefined> {
  const { default: forge } = await import('node-forge');
  const cipher = forge.rc2.createDecryptionCipher(key.toString('binary'), bits);
  cipher.start(Buffer.from(iv).toString('binary'));
  cipher.update(forge.util.createBuffer(Buffer.from(octets).toString('binary')));
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'binary') : undefined;
}
