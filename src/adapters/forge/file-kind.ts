// What a file is, told by its first bytes and never by its name.

/** `foreign`: nothing to be read here; `what` says what it looks like, `right` what to do instead. */
export type FileKind =
  | { readonly kind: 'zip' | 'structure' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'foreign'; readonly what: string; readonly right?: string };

const KEYTOOL =
  'keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype pkcs12 makes a PKCS#12 file of it';
const UNPACK = 'unpack it, and send the certificate files in it or a zip of them';
const SAVE_TEXT = 'save the certificate itself as a file (.crt or .pem) and send that';

interface Signature {
  readonly hex: string;
  /** Offset in the file, in bytes. @default 0 */
  readonly at?: number;
  readonly what: string;
  readonly right?: string;
}

const SIGNATURES: readonly Signature[] = [
  { hex: 'feedfeed', what: 'is a Java keystore (JKS)', right: KEYTOOL },
  { hex: 'cececece', what: 'is a Java keystore (JCEKS)', right: KEYTOOL },
  { hex: '25504446', what: 'is a PDF document', right: SAVE_TEXT },
  { hex: 'd0cf11e0a1b11ae1', what: 'is an old Word or Excel document, or a mail of Outlook', right: SAVE_TEXT },
  { hex: '7b5c727466', what: 'is an RTF document', right: SAVE_TEXT },
  { hex: '89504e47', what: 'is a picture (PNG)', right: SAVE_TEXT },
  { hex: 'ffd8ff', what: 'is a picture (JPEG)', right: SAVE_TEXT },
  { hex: '47494638', what: 'is a picture (GIF)', right: SAVE_TEXT },
  { hex: '526172211a07', what: 'is a RAR archive', right: UNPACK },
  { hex: '377abcaf271c', what: 'is a 7-Zip archive', right: UNPACK },
  { hex: '1f8b', what: 'is packed with gzip', right: UNPACK },
  { hex: '425a68', what: 'is packed with bzip2', right: UNPACK },
  { hex: 'fd377a585a00', what: 'is packed with xz', right: UNPACK },
  { hex: '7573746172', at: 257, what: 'is a tar archive', right: UNPACK },
  { hex: '4d5a', what: 'is a Windows program' },
  { hex: '7f454c46', what: 'is a Linux program' },
];

const ZIPS = ['504b0304', '504b0506'];

/** SEQUENCE, with which every structure of certificates begins. */
const SEQUENCE = 0x30;

/** Base64 of a certificate begins with M, so no text is taken for a structure but one that begins with a zero; this tells them apart. */
const TEXT_AFTER_ZERO = /^[\x20-\x7e\s]+$/;

export function fileKindOf(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return { kind: 'foreign', what: 'is empty' };
  const startsWith = (hex: string, at = 0) =>
    Buffer.from(bytes.subarray(at, at + hex.length / 2)).toString('hex') === hex;
  if (ZIPS.some((hex) => startsWith(hex))) return { kind: 'zip' };
  const known = SIGNATURES.find(({ hex, at }) => startsWith(hex, at));
  if (known !== undefined) return foreign(known.what, known.right);
  if (bytes[0] === SEQUENCE && !TEXT_AFTER_ZERO.test(latin1(bytes.subarray(0, 64)))) return { kind: 'structure' };
  const text = decodeText(bytes);
  return text === undefined ? foreign('is of a kind that is not known here') : { kind: 'text', text };
}

const WORDS: readonly { readonly pattern: RegExp; readonly what: string; readonly right?: string }[] = [
  {
    pattern: /^\s*<(?:!doctype html|html|head|body)\b/i,
    what: 'is a web page, perhaps an error message',
    right: 'download the certificate again',
  },
  { pattern: /^\s*<\?xml\b/i, what: 'is an XML document', right: SAVE_TEXT },
  {
    pattern: /^PuTTY-User-Key-File-/,
    what: 'is an SSH key of PuTTY',
    right: 'send the private key that the CSR was made with',
  },
  { pattern: /^---- BEGIN SSH2 /, what: 'is an SSH key', right: 'send the private key that the CSR was made with' },
  {
    pattern: /^(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-\S+) AAAA/,
    what: 'is an SSH key',
    right: 'send the private key that the CSR was made with',
  },
  {
    pattern: /^(?:From|Received|Return-Path|Delivered-To|MIME-Version|Message-ID|Subject): /im,
    what: 'is an e-mail',
    right: 'save what is attached to it and send that',
  },
  {
    pattern: /BEGIN (?:TRUSTED |X509 )?(?:CERTIFICATE|(?:RSA |EC |ENCRYPTED )?PRIVATE KEY|PKCS7)/,
    what: 'has PEM whose BEGIN line is not whole: five hyphens before and after',
    right: 'send the file itself, not a copy of its text',
  },
];

/** Of a text without a PEM block that is no base64 either. */
export function foreignText(text: string): { readonly what: string; readonly right?: string } {
  if (text.trim() === '') return { what: 'holds nothing but blanks' };
  const start = text.slice(0, 4_000);
  const known = WORDS.find(({ pattern }) => pattern.test(start));
  return known ?? { what: 'is a text without a certificate or key in it' };
}

/** UTF-8, or UTF-16 as Windows writes it; undefined: no text. */
function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decoded('utf-16le', bytes);
  if (first === 0xfe && second === 0xff) return decoded('utf-16be', bytes);
  if (first !== 0 && second === 0) return decoded('utf-16le', bytes);
  if (first === 0 && second !== 0) return decoded('utf-16be', bytes);
  return bytes.includes(0) ? undefined : decoded('utf-8', bytes);
}

/** A letter of another alphabet around the blocks must not spoil them: replaced, not refused. The byte order mark is left out. */
function decoded(encoding: 'utf-8' | 'utf-16le' | 'utf-16be', bytes: Uint8Array): string | undefined {
  const text = new TextDecoder(encoding).decode(bytes);
  const odd = text.slice(0, 4_000).match(/(?!\s)[\p{Cc}\ufffd]/gu)?.length ?? 0;
  return odd > Math.min(text.length, 4_000) / 10 ? undefined : text;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function foreign(what: string, right?: string): FileKind {
  return right === undefined ? { kind: 'foreign', what } : { kind: 'foreign', what, right };
}
