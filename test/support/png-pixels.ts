// Pictures as Chromium writes them (PNG, 8 bits, RGB or RGBA, not interlaced): their pixels, and the same picture in few octets.

import { crc32, deflateSync, inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Relative luminance, 0 to 1 (WCAG 2.2). */
  luminance(x: number, y: number): number;
}

const SIGNATURE = 8;

export function pixelsOf(png: Buffer): Pixels {
  const { width, height, channels, rows } = read(png);
  return {
    width,
    height,
    luminance(x, y) {
      const at = y * width * channels + x * channels;
      const [red = 0, green = 0, blue = 0] = [...rows.subarray(at, at + 3)].map(linear);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    },
  };
}

/** WCAG 2.2, "contrast ratio": from 1 to 21, of the lightest and the darkest pixel. */
export function contrastOf({ width, height, luminance }: Pixels): number {
  let [least, most] = [1, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const light = luminance(x, y);
      least = Math.min(least, light);
      most = Math.max(most, light);
    }
  }
  return (most + 0.05) / (least + 0.05);
}

/** A mail has no colours, so one octet a pixel says it all; Chromium compresses for speed and writes three. */
export function inGreys(png: Buffer): Buffer {
  const { width, height, channels, rows } = read(png);
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = rows[(y * width + x) * channels + 1] ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

interface Rows {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly rows: Buffer;
}

function read(png: Buffer): Rows {
  const chunks = chunksOf(png);
  const header = Buffer.concat(chunks.filter(({ type }) => type === 'IHDR').map(({ data }) => data));
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9] ?? -1];
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error('a PNG of another kind');
  const packed = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  return { width, height, channels, rows: unfiltered(packed, { width, height, channels }) };
}

function chunksOf(png: Buffer): readonly { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** PNG 1.2, section 6: each line says how it differs from its neighbours. */
function unfiltered(packed: Buffer, { width, height, channels }: Omit<Rows, 'rows'>): Buffer {
  const size = width * channels;
  const rows = Buffer.alloc(height * size);
  for (let y = 0; y < height; y += 1) {
    const filter = packed[y * (size + 1)] ?? 0;
    for (let x = 0; x < size; x += 1) {
      const left = x < channels ? 0 : (rows[y * size + x - channels] ?? 0);
      const above = y === 0 ? 0 : (rows[(y - 1) * size + x] ?? 0);
      const corner = y === 0 || x < channels ? 0 : (rows[(y - 1) * size + x - channels] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, nearest(left, above, corner)][filter] ?? 0;
      rows[y * size + x] = ((packed[y * (size + 1) + 1 + x] ?? 0) + guess) & 0xff;
    }
  }
  return rows;
}

function nearest(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** IEC 61966-2-1. */
function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
