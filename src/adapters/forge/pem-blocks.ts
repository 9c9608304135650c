// PEM (RFC 7468) as it arrives in mails: any line ends, any line length, any text around the blocks.

import { quoted } from '../../domain/quoted-text.ts';
import { notReadable } from './upload-problems.ts';

export interface PemBlock {
  /** Between `-----BEGIN ` and `-----`. */
  readonly label: string;
  /** Of RFC 1421, names in lower case: `proc-type`, `dek-info`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly octets: Buffer;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** Whether anything but blanks stands around the blocks. */
  readonly hasTextAround: boolean;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';
const MAX_LABEL = 60;
const MAX_HEADERS = 10;

/** What web pages and word processors put between letters: blanks of all kinds, and some of no width. */
const BLANKS = /[\s\u00ad\u200b-\u200d\u2060\ufeff]+/g;

/** `onBlock` is called before each block is decoded, and may refuse to go on. */
export function readPemBlocks(text: string, from: string, onBlock: () => void): PemText {
  const blocks: PemBlock[] = [];
  let around = '';
  let at = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, at);
    if (begin === -1) break;
    onBlock();
    around += text.slice(at, begin);
    const place = `${from}, block ${blocks.length + 1}`;
    const label = labelAt(text, begin + BEGIN.length, place);
    const bodyStart = begin + BEGIN.length + label.length + DASHES.length;
    const end = text.indexOf(`${DASHES}END ${label}${DASHES}`, bodyStart);
    const next = text.indexOf(BEGIN, bodyStart);
    if (end === -1 || (next !== -1 && next < end)) {
      throw notReadable(
        place,
        `begins with ${quoted(label)} and has no end`,
        'send the whole file; it may have been cut while copying',
      );
    }
    blocks.push(blockOf(label, text.slice(bodyStart, end), place));
    at = end + `${DASHES}END ${label}${DASHES}`.length;
  }
  around += text.slice(at);
  return { blocks, hasTextAround: around.replaceAll(BLANKS, '') !== '' };
}

/** Bytes of base64 without armour, undefined for any other text. */
export function decodeBase64(text: string): Buffer | undefined {
  const letters = text.replaceAll(BLANKS, '');
  if (letters.length < 4 || letters.length % 4 === 1) return undefined;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(letters) ? Buffer.from(letters, 'base64') : undefined;
}

function labelAt(text: string, start: number, place: string): string {
  const end = text.slice(start, start + MAX_LABEL + DASHES.length).indexOf(DASHES);
  const label = end === -1 ? '' : text.slice(start, start + end);
  if (!/^[A-Z0-9][A-Z0-9 #.]*$/.test(label)) {
    throw notReadable(place, 'has a BEGIN line that is not whole', 'send the file itself, not a copy of its text');
  }
  return label;
}

function blockOf(label: string, body: string, place: string): PemBlock {
  const { headers, rest } = splitHeaders(body);
  const octets = decodeBase64(rest);
  if (octets === undefined) {
    throw notReadable(
      place,
      `is a ${label} block with letters that are not base64, or too few`,
      'send the file itself, not a copy of its text',
    );
  }
  return { label, headers, octets };
}

/** Lines with a colon, which base64 has not, up to the first without; a folded line belongs to the one before. */
function splitHeaders(body: string): { readonly headers: Readonly<Record<string, string>>; readonly rest: string } {
  const headers: Record<string, string> = {};
  if (!body.slice(0, 1_000).includes(':')) return { headers, rest: body };
  const lines = body.trimStart().split(/\r\n|\n|\r/);
  let count = 0;
  while (count < MAX_HEADERS && (lines[count]?.includes(':') === true || /^[ \t]+\S/.test(lines[count] ?? ''))) {
    const [name = '', ...value] = (lines[count] ?? '').split(':');
    if (value.length > 0) headers[`${name.trim().toLowerCase()}`] = value.join(':').trim();
    count += 1;
  }
  return { headers, rest: lines.slice(count).join('\n') };
}
