// The entries of a zip, unpacked in memory within bounds; no name of an entry is ever a path.

import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import type { UploadedFile } from '../../ports/certificate-files.ts';
import type { GatheredMaterial } from './gathered-material.ts';
import { MAX_ENTRIES, MAX_UPLOAD_BYTES } from './upload-limits.ts';
import { notReadable, tooLarge } from './upload-problems.ts';

const UNPACK = 'unpack it and send the files in it';

/** What makes a zip something else, by a name that stands in it. */
const DOCUMENTS: readonly { readonly name: string; readonly what: string }[] = [
  { name: '[Content_Types].xml', what: 'is a Word, Excel or PowerPoint document' },
  { name: 'META-INF/MANIFEST.MF', what: 'is a Java program' },
  { name: 'mimetype', what: 'is an OpenDocument or EPUB document' },
];

/**
 * yauzl, because it reads the directory strictly, inflates with Node's own zlib entry by entry, and ends an entry that outgrows what it declared;
 * fflate inflates in JavaScript.
 *
 * Entries in the order of the zip's directory, folders and what macOS adds left out. Sizes are looked at as declared, and again while bytes come.
 * Throws `upload-not-readable` for what is no zip, or locked, and `upload-too-large`.
 */
export async function unpackZip(
  file: UploadedFile,
  from: string,
  material: GatheredMaterial,
): Promise<readonly UploadedFile[]> {
  const { fromBufferPromise } = await import('yauzl');
  const unpacked: UploadedFile[] = [];
  let steps = 0;
  const zip = await orDamaged(from, () =>
    fromBufferPromise(Buffer.from(file.bytes), { lazyEntries: true, decodeStrings: false, validateEntrySizes: true }),
  );
  const entries = zip.eachEntry();
  for (;;) {
    const { value: entry, done } = await orDamaged(from, () => entries.next());
    if (done === true) return unpacked;
    steps += 1;
    if (steps > MAX_ENTRIES) throw tooLarge(`more than ${MAX_ENTRIES} entries in a zip`);
    const name = entry.fileNameRaw.toString('utf8');
    const document = DOCUMENTS.find((known) => known.name === name);
    if (document !== undefined)
      throw notReadable(from, document.what, 'save the certificate itself as a file and send that');
    if (isNoFile(name)) continue;
    material.countFile();
    unpacked.push({ name, bytes: await unpackEntry(zip, entry, { from, material }) });
  }
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  { from, material }: { readonly from: string; readonly material: GatheredMaterial },
): Promise<Uint8Array> {
  if (entry.isEncrypted()) throw notReadable(from, 'is a zip locked with a password', UNPACK);
  if (!entry.canDecodeFileData()) throw notReadable(from, 'is a zip packed in an unusual way', UNPACK);
  if (entry.uncompressedSize > MAX_UPLOAD_BYTES) throw tooLarge(`unpacked, more than ${MAX_UPLOAD_BYTES} bytes`);
  const stream = await orDamaged(from, () => zip.openReadStreamPromise(entry));
  const pieces: Buffer[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value: piece, done } = await orDamaged(from, () => iterator.next());
      if (done === true) break;
      material.countUnpacked(piece.length);
      pieces.push(piece);
    }
  } finally {
    stream.destroy();
  }
  const bytes = Buffer.concat(pieces);
  if (crc32(bytes) !== entry.crc32) throw damaged(from);
  return bytes;
}

/** Folders, and the files macOS writes beside those it packs. */
function isNoFile(name: string): boolean {
  return (
    /[/\\]$/.test(name) ||
    /(?:^|[/\\])(?:__MACOSX[/\\]|\.DS_Store$|\._)/.test(name) ||
    /(?:^|[/\\])Thumbs\.db$/i.test(name)
  );
}

/** Whatever the reader of zips has against the bytes is the file's fault. */
async function orDamaged<Answer>(from: string, read: () => Promise<Answer>): Promise<Answer> {
  try {
    return await read();
  } catch {
    throw damaged(from);
  }
}

function damaged(from: string) {
  return notReadable(from, 'is a zip that is damaged', 'download or pack it again');
}
