// RC2 in CBC mode (RFC 2268), which Windows before 2019 hides certificates with and OpenSSL 3 no longer knows.

const BLOCK_BYTES = 8;

/** node-forge's cost grows with the square of what it is given at once: 40 s for 1 MB in one piece, 0.2 s in these. */
const PIECE_BYTES = 4_096;

/** Undefined: the padding is wrong, as with another key. Loads node-forge the first time. */
export async function decryptRc2(
  octets: Uint8Array,
  { key, iv, bits }: { readonly key: Buffer; readonly iv: Uint8Array; readonly bits: number },
): Promise<Buffer | undefined> {
  const { default: forge } = await import('node-forge');
  const pieces: Buffer[] = [];
  let before: Uint8Array = iv;
  for (let start = 0; start < octets.length; start += PIECE_BYTES) {
    const piece = octets.subarray(start, start + PIECE_BYTES);
    const cipher = forge.rc2.createDecryptionCipher(binary(key), bits);
    cipher.start(binary(before));
    cipher.update(forge.util.createBuffer(binary(piece)));
    cipher.finish(() => true);
    pieces.push(Buffer.from(cipher.output.getBytes(), 'binary'));
    before = piece.subarray(-BLOCK_BYTES);
  }
  return withoutPadding(Buffer.concat(pieces));
}

/** PKCS#7: as many octets as each of them says, 1 to 8. */
function withoutPadding(octets: Buffer): Buffer | undefined {
  const count = octets.at(-1) ?? 0;
  if (count < 1 || count > BLOCK_BYTES) return undefined;
  const padding = octets.subarray(-count);
  return padding.every((octet) => octet === count) ? octets.subarray(0, -count) : undefined;
}

function binary(octets: Uint8Array): string {
  return Buffer.from(octets).toString('binary');
}
