// A text taken apart: PEM blocks, or the base64 of one structure without them.

import { quoted } from '../../domain/quoted-text.ts';
import { readStructure } from './der-structure.ts';
import { decodeBase64, type PemBlock, readPemBlocks } from './pem-blocks.ts';
import { notReadable } from './upload-problems.ts';
import type { UploadReading } from './upload-reading.ts';

/** Blocks that name themselves certificate, key or container: what is wrong with one of them must be said. */
const WANTED =
  /^(?:(?:TRUSTED |X509 )?CERTIFICATE|(?:RSA |EC |ENCRYPTED |ANY )?PRIVATE KEY|PKCS7|PKCS #7 SIGNED DATA|CMS|PKCS12)$/;

/** Labels of keys in forms that only SSH reads. */
const SSH_KEY = 'OPENSSH PRIVATE KEY';

/** False: no block and no base64 in it, and nothing was done. */
export async function readText(text: string, from: string, reading: UploadReading): Promise<boolean> {
  const { material } = reading;
  const { blocks, hasTextAround } = readPemBlocks(text, from, () => material.countPart());
  if (blocks.length === 0) {
    const octets = decodeBase64(text);
    return octets !== undefined && readStructure(octets, from, reading);
  }
  if (hasTextAround) material.remark('text-ignored', from, 'text around the blocks is left out');
  for (const [index, block] of blocks.entries()) await readBlock(block, `${from}, block ${index + 1}`, reading);
  return true;
}

async function readBlock(block: PemBlock, from: string, reading: UploadReading): Promise<void> {
  const { material } = reading;
  if (block.headers['proc-type'] !== undefined)
    return (await import('./encrypted-keys.ts')).readLegacyKey(block, from, reading);
  if (block.label === SSH_KEY) {
    material.remark(
      'key-not-usable',
      from,
      'a private key as SSH keeps it; ssh-keygen -p -m PEM -f FILE turns an RSA or ECDSA one into PEM',
    );
    return;
  }
  if (await readStructure(block.octets, from, reading)) return;
  if (WANTED.test(block.label))
    throw notReadable(
      from,
      `is a ${block.label} block that holds none, or a damaged one`,
      'download or export it again',
    );
  material.remark('block-ignored', from, `a block with the label ${quoted(block.label)}`);
}
