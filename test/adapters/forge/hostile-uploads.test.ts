// Whatever the bytes are: an answer or a problem of an upload, soon, and never anything else.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ForgeCertificateFiles } from '../../../src/adapters/forge/forge-certificate-files.ts';
import { MAX_UPLOAD_BYTES } from '../../../src/adapters/forge/upload-limits.ts';
import { makeRoot } from '../../support/leaves.ts';
import { readMutations } from '../../support/upload-mutations.ts';

/** More by hand: `UPLOAD_MUTATIONS=100000 UPLOAD_SEED=7 npx vitest run --project node test/adapters/forge/hostile-uploads.test.ts`. */
const RUNS = Number(process.env.UPLOAD_MUTATIONS ?? 1_500);
const SEED = Number(process.env.UPLOAD_SEED ?? 1);

/** The promise is a second; a machine that runs other tests beside is given more. */
const SOON_MS = 3_000;

const files = new ForgeCertificateFiles();
const read = (bytes: Uint8Array | string, passwords: readonly string[] = []) =>
  files.read([{ name: 'a.bin', bytes: Buffer.from(bytes) }], passwords);

describe('hostile uploads', () => {
  it(`reads ${RUNS} changed fixtures without a bug (seed ${SEED})`, { timeout: 60_000 + RUNS * 20 }, async () => {
    const run = await readMutations(files, { seed: SEED, runs: RUNS, slow: false });
    expect(run.bugs).toEqual([]);
    expect(run.problems).toBeGreaterThan(RUNS / 2);
    expect([run.slowestMs < SOON_MS, run.slowest]).toEqual([true, run.slowest]);
  });

  const full = MAX_UPLOAD_BYTES;
  const rsa = readFixture('rsa.crt').toString();
  it.each([
    ['nothing', ''],
    ['zeros', Buffer.alloc(full)],
    ['sequences in sequences', Buffer.alloc(full, 0x30)],
    ['indefinite sequences in indefinite sequences', Buffer.alloc(full, Buffer.from([0x30, 0x80]))],
    [
      'an indefinite sequence of half a million nothings',
      Buffer.concat([Buffer.from([0x30, 0x80]), Buffer.alloc(full - 2, Buffer.from([5, 0]))]),
    ],
    ['a length of 4 GB', Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 3])],
    ['a length of a hundred octets', Buffer.from([0x30, 0xff, ...Buffer.alloc(127, 1)])],
    ['a certificate of one megabyte', element(0x30, Buffer.alloc(full - 10, 5))],
    ['BEGIN without end', '-----BEGIN '.repeat(full / 11)],
    ['BEGIN lines without END', '-----BEGIN CERTIFICATE-----\n'.repeat(full / 28)],
    ['blocks of nothing', '-----BEGIN X-----\n-----END X-----\n'.repeat(full / 35)],
    [
      'a hundred thousand short keys',
      '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'.repeat(full / 60),
    ],
    [
      'headers without end',
      `-----BEGIN RSA PRIVATE KEY-----\n${'A: b\n'.repeat(full / 5 - 20)}-----END RSA PRIVATE KEY-----\n`,
    ],
    ['letters', 'A'.repeat(full)],
    ['blanks', ' '.repeat(full)],
    ['one kind of byte order mark', Buffer.alloc(full, Buffer.from([0xff, 0xfe]))],
  ])('%s: a problem, soon', async (_, bytes) => {
    const began = performance.now();
    await expect(read(bytes, ['sesame'])).rejects.toMatchObject({
      name: expect.stringMatching(/^upload-(?:not-readable|too-large)$/),
    });
    expect(performance.now() - began).toBeLessThan(SOON_MS);
  });

  it('answers 20 certificates and 20 keys, and not one more', async () => {
    const root = await makeRoot();
    const leaves = await Promise.all(Array.from({ length: 21 }, () => root.leaf({ names: ['pbx.northwind.test'] })));
    const keys = leaves.map(() =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
    const pem = (count: number) =>
      [...leaves.slice(0, count).map(({ leafPem }) => leafPem), ...keys.slice(0, count)].join('');
    const { certificates, keys: found } = await read(pem(20));
    expect([certificates.length, found.length]).toEqual([20, 20]);
    const tooMany = (what: string) => ({
      name: 'upload-too-large',
      message: expect.stringContaining(`more than 20 ${what}`),
    });
    await expect(read(pem(21))).rejects.toMatchObject(tooMany('certificates'));
    await expect(read(keys.join(''))).rejects.toMatchObject(tooMany('private keys'));
  });

  it('reads the same certificate a hundred times, and not once more', async () => {
    expect((await read(rsa.repeat(50))).certificates).toHaveLength(1);
    await expect(read(rsa.repeat(101))).rejects.toMatchObject({ name: 'upload-too-large' });
  });

  it('takes no certificate and no key beyond the size of honest ones', async () => {
    const { leafPem } = await (await makeRoot()).leaf({ names: ['pbx.northwind.test'], paddingBytes: 70_000 });
    const tooLong = (what: RegExp) => ({ name: 'upload-not-readable', message: expect.stringMatching(what) });
    await expect(read(leafPem)).rejects.toMatchObject(tooLong(/is a certificate of 7\d{4} bytes/));
    const sealed = element(0x30, Buffer.concat([pbe('2a864886f70d010c0103'), element(4, Buffer.alloc(20_000))]));
    await expect(read(sealed)).rejects.toMatchObject(tooLong(/is a private key of 20000 bytes/));
  });

  it.each([
    ['11 passwords', Array.from({ length: 11 }, (_, index) => `${index}`)],
    ['a password of 1,001 characters', ['x'.repeat(1_001)]],
  ])('takes no %s', async (_, passwords) => {
    await expect(read(rsa, passwords)).rejects.toMatchObject({ name: 'upload-too-large' });
  });

  it('steps over 200 entries that do not count, and not one more', async () => {
    const nothing = { declared: 0, content: Buffer.alloc(0) };
    await expect(read(zip('__MACOSX/a', nothing, 200))).rejects.toMatchObject({ name: 'upload-not-readable' });
    await expect(read(zip('__MACOSX/a', nothing, 201))).rejects.toMatchObject({ name: 'upload-too-large' });
  });

  it('adds up what the entries of a zip unpack to', async () => {
    const content = Buffer.alloc(400_000, 'a');
    const entry = { declared: content.length, content };
    await expect(read(zip('a.txt', entry, 2))).rejects.toMatchObject({ name: 'upload-not-readable' });
    await expect(read(zip('a.txt', entry, 3))).rejects.toMatchObject({ name: 'upload-too-large' });
  });

  it('computes no longer for many passwords and a megabyte in RC2, which node-forge alone needs 40 s for', async () => {
    const sealed = element(0x80, Buffer.alloc(1_000_000, 7));
    const info = element(0x30, Buffer.concat([oid('2a864886f70d010701'), pbe('2a864886f70d010c0106'), sealed]));
    const encrypted = element(0x30, Buffer.concat([element(2, Buffer.from([0])), info]));
    const part = element(0x30, Buffer.concat([oid('2a864886f70d010706'), element(0xa0, encrypted)]));
    const safe = element(
      0x30,
      Buffer.concat([oid('2a864886f70d010701'), element(0xa0, element(4, element(0x30, part)))]),
    );
    const file = element(0x30, Buffer.concat([element(2, Buffer.from([3])), safe]));
    const began = performance.now();
    await expect(read(file, ['1', '2', '3', '4', '5', '6', '7', '8', '9'])).rejects.toMatchObject({
      name: 'upload-not-readable',
      message: expect.stringContaining('asks for more rounds'),
    });
    expect(performance.now() - began).toBeLessThan(SOON_MS);
  });

  it.each([
    [
      'says less than comes out',
      { declared: 10, content: Buffer.alloc(2_000) },
      'upload-not-readable',
      /is a zip that is damaged/,
    ],
    [
      'says more than comes out',
      { declared: 3_000, content: Buffer.alloc(2_000) },
      'upload-not-readable',
      /is a zip that is damaged/,
    ],
    ['says 4 GB', { declared: 0xfffffffe, content: Buffer.alloc(2_000) }, 'upload-too-large', /unpacked, more than/],
    [
      'has another checksum',
      { declared: 2_000, content: Buffer.alloc(2_000), checksum: 1 },
      'upload-not-readable',
      /is a zip that is damaged/,
    ],
  ])('refuses a zip that %s', async (_, entry, name, message) => {
    await expect(read(zip('a.crt', entry))).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it.each(['../../etc/passwd', '/etc/cron.d/a', 'C:\\Windows\\a', '..\\..\\a', 'a\0b', '\u001b[2J'])(
    'takes the name %j of an entry for a name and no path',
    async (name) => {
      const content = Buffer.from(rsa);
      const { certificates } = await read(zip(name, { declared: content.length, content }));
      expect(certificates.map(({ from }) => from)).toEqual([
        expect.stringMatching(/^a\.bin: [^/\\\p{Cc}]+, block 1$/u),
      ]);
    },
  );

  it('loads neither node-forge nor yauzl for PEM, and reads a bundle in under 2 ms', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      import { ForgeCertificateFiles } from '${here('../../../src/adapters/forge/forge-certificate-files.ts')}';
      const bytes = readFileSync('${here('../../fixtures/containers/bundle.pem')}');
      const took = [];
      for (let run = 0; run < 41; run += 1) {
        const began = performance.now();
        await new ForgeCertificateFiles().read([{ name: 'bundle.pem', bytes }], []);
        took.push(performance.now() - began);
      }
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules/.test(file));
      console.log(JSON.stringify({ loaded, medianMs: took.sort((a, b) => a - b)[20] }));
    `;
    const { loaded, medianMs } = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    );
    expect(loaded).toEqual([]);
    expect(medianMs).toBeLessThan(2);
  });
});

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function readFixture(name: string): Buffer {
  return readFileSync(here(`../../fixtures/containers/${name}`));
}

/** DER with a length of four octets. */
function element(tag: number, content: Uint8Array): Buffer {
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
  header.writeUInt32BE(content.length, 2);
  return Buffer.concat([header, content]);
}

function oid(hex: string): Buffer {
  return Buffer.concat([Buffer.from([6, hex.length / 2]), Buffer.from(hex, 'hex')]);
}

/** AlgorithmIdentifier of a password scheme of PKCS#12, with one round. */
function pbe(hex: string): Buffer {
  const salted = Buffer.concat([element(4, Buffer.alloc(8, 1)), element(2, Buffer.from([1]))]);
  return element(0x30, Buffer.concat([oid(hex), element(0x30, salted)]));
}

/** A zip of one deflated entry that lies as told, listed as often as told. */
function zip(
  name: string,
  { declared, content, checksum }: { readonly declared: number; readonly content: Buffer; readonly checksum?: number },
  times = 1,
): Buffer {
  const packed = deflateRawSync(content);
  const nameBytes = Buffer.from(name);
  const about = Buffer.alloc(26);
  about.writeUInt16LE(20, 0);
  about.writeUInt16LE(8, 4);
  about.writeUInt32LE(checksum ?? crc32(content), 10);
  about.writeUInt32LE(packed.length, 14);
  about.writeUInt32LE(declared, 18);
  about.writeUInt16LE(nameBytes.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, nameBytes, packed]);
  const listed = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), about, Buffer.alloc(14), nameBytes]);
  const central = Buffer.concat(Array.from({ length: times }, () => listed));
  const end = Buffer.alloc(18);
  end.writeUInt16LE(times, 4);
  end.writeUInt16LE(times, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
