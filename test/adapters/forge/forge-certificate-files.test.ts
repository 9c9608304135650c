// Every shape in which certificates and keys arrive, as other programs make it.

import { describe, expect, it } from 'vitest';
import { ForgeCertificateFiles } from '../../../src/adapters/forge/forge-certificate-files.ts';
import { certificateFilesContract } from '../../contracts/certificate-files.ts';
import { fixture, fixtureCommands, fixtureNames, namesIn } from '../../support/container-fixtures.ts';

const files = new ForgeCertificateFiles();
const commands = fixtureCommands();

interface Row {
  readonly file: string;
  readonly finds?: readonly string[];
  readonly remarks?: readonly string[];
  readonly problem?: string;
  readonly says?: RegExp;
  /** @default - none */
  readonly passwords?: readonly string[];
}

const sesame = ['sesame'];
const all = ['root', 'rsa', 'intermediate', 'rsa key'];
const chain = ['rsa', 'intermediate', 'root'];
const outdated = 'encryption-outdated';
const tooManyRounds = /asks for more rounds of computing/;

const rows: readonly Row[] = [
  // keys
  ...['root', 'intermediate', 'rsa', 'ec', 'p384'].map((name) => ({ file: `${name}.key`, finds: [`${name} key`] })),
  ...['rsa-pkcs1.key', 'rsa-key.der', 'rsa-pkcs1.der'].map((file) => ({ file, finds: ['rsa key'] })),
  ...['ec-sec1.key', 'ec-sec1.der'].map((file) => ({ file, finds: ['ec key'] })),
  { file: 'ec-sec1-params.key', finds: ['other key'], remarks: ['block-ignored'] },
  { file: 'rsa-gnutls.key', finds: ['other key'] },
  { file: 'ed25519.key', finds: [], remarks: ['key-not-usable'] },
  { file: 'ssh.key', finds: [], remarks: ['key-not-usable'] },
  { file: 'rsa-public.pem', finds: [], remarks: ['public-key-found'] },
  { file: 'dsa-parameters.pem', finds: [], remarks: ['block-ignored'] },

  // keys behind a password
  ...['rsa-aes256.key', 'rsa-aes128-sha1.key', 'rsa-scrypt.key'].map((file) => ({
    file,
    finds: ['rsa key'],
    passwords: sesame,
  })),
  ...['ec-aes192-sha512.key', 'ec-million.key', 'ec-aes256.der'].map((file) => ({
    file,
    finds: ['ec key'],
    passwords: sesame,
  })),
  ...['rsa-rc2-pbes2.key', 'rsa-pbe-3des.key', 'rsa-pbe-2des.key', 'rsa-pbe-rc2-128.key', 'rsa-pbe-md5-des.key'].map(
    (file) => ({
      file,
      finds: ['rsa key'],
      remarks: [outdated],
      passwords: sesame,
    }),
  ),
  ...['rsa-pbe-sha1-rc2-64.key', 'rsa-legacy-des3.key', 'rsa-legacy-des.key', 'rsa-legacy-aes128.key'].map((file) => ({
    file,
    finds: ['rsa key'],
    remarks: [outdated],
    passwords: sesame,
  })),
  ...['ec-des3-pbes2.key', 'ec-legacy-aes256.key'].map((file) => ({
    file,
    finds: ['ec key'],
    remarks: [outdated],
    passwords: sesame,
  })),
  ...['ec-too-many-rounds.key', 'rsa-scrypt-huge.key', 'rsa-gnutls-3des.key'].map((file) => ({
    file,
    problem: 'upload-not-readable',
    says: tooManyRounds,
    passwords: sesame,
  })),
  {
    file: 'rsa-pbe-rc4.key',
    problem: 'upload-not-readable',
    says: /1\.2\.840\.113549\.1\.12\.1\.1; export it anew/,
    passwords: sesame,
  },

  // certificates
  ...['root', 'intermediate', 'rsa', 'ec'].map((name) => ({ file: `${name}.crt`, finds: [name] })),
  ...['rsa.der', 'bare-base64.txt', 'x509-label.crt', 'unknown-label.pem'].map((file) => ({ file, finds: ['rsa'] })),
  { file: 'trusted.crt', finds: ['rsa'], remarks: ['text-ignored'] },
  { file: 'with-text.crt', finds: ['rsa'], remarks: ['text-ignored'] },
  { file: 'request.csr', finds: [], remarks: ['request-found'] },
  { file: 'revoked.crl', finds: [], remarks: ['revocation-list-found'] },

  // PEM of all shapes
  ...['bundle.pem', 'crlf.pem', 'cr.pem', 'bom.pem', 'utf16.pem', 'utf16be.pem', 'unended.pem', 'odd-lines.pem'].map(
    (file) => ({
      file,
      finds: all,
    }),
  ),
  { file: 'mailed.pem', finds: all, remarks: ['text-ignored'] },
  { file: 'chain.pem', finds: chain },
  {
    file: 'two-pairs.pem',
    finds: ['rsa', 'ec', 'rsa key', 'other key', 'ec key', 'p384 key'],
    remarks: ['block-ignored'],
  },
  { file: 'bag-attributes.pem', finds: ['rsa', 'intermediate', 'rsa key'], remarks: ['text-ignored'] },
  {
    file: 'bag-attributes-des3.pem',
    finds: ['rsa', 'intermediate', 'rsa key'],
    remarks: ['text-ignored'],
    passwords: sesame,
  },

  // PKCS#7
  ...['chain.p7b', 'chain-der.p7b', 'as-certificate.p7b', 'gnutls.p7b', 'bouncy-castle.p7b'].map((file) => ({
    file,
    finds: chain,
  })),
  { file: 'with-crl.p7b', finds: chain, remarks: ['revocation-list-found'] },
  { file: 'signature.p7s', problem: 'upload-not-readable', says: /is a signature .*openssl pkcs7/ },
  { file: 'enveloped.p7m', problem: 'upload-not-readable', says: /is an encrypted message/ },

  // PKCS#12
  ...['rsa-3des.p12', 'rsa-rc2-40.p12', 'bouncy-castle.p12'].map((file) => ({
    file,
    finds: ['rsa', 'intermediate', 'rsa key'],
    remarks: [outdated, outdated],
    passwords: sesame,
  })),
  { file: 'rsa-aes256.p12', finds: ['rsa', 'intermediate', 'rsa key'], passwords: sesame },
  { file: 'ec-aes128.p12', finds: ['ec', 'intermediate', 'ec key'], passwords: sesame },
  ...['ec-sha384.p12', 'plain-bags.p12', 'many-rounds.p12'].map((file) => ({
    file,
    finds: ['ec', 'ec key'],
    passwords: sesame,
  })),
  { file: 'ec-unicode.p12', finds: ['ec', 'ec key'], remarks: [outdated], passwords: ['größe€'] },
  { file: 'no-mac.p12', finds: ['ec', 'ec key'], remarks: ['integrity-unproven'], passwords: sesame },
  { file: 'no-mac-plain.p12', finds: ['ec', 'ec key'], remarks: ['integrity-unproven'] },
  { file: 'empty-password.p12', finds: ['ec', 'ec key'], remarks: [outdated, outdated] },
  { file: 'empty-password-aes.p12', finds: ['ec', 'ec key'] },
  { file: 'no-password.p12', finds: ['ec', 'ec key'], remarks: [outdated, outdated] },
  { file: 'certificates.p12', finds: chain, passwords: sesame },
  { file: 'gnutls-aes.p12', finds: [...chain, 'rsa key'], remarks: ['integrity-unproven'], passwords: sesame },
  { file: 'gnutls-3des.p12', problem: 'upload-not-readable', says: tooManyRounds, passwords: sesame },
  {
    file: 'gnutls-rc4.p12',
    problem: 'upload-not-readable',
    says: /1\.2\.840\.113549\.1\.12\.1\.1; export it anew/,
    passwords: sesame,
  },
  { file: 'nss.p12', finds: ['rsa', 'intermediate', 'rsa key'], remarks: ['integrity-unproven'], passwords: sesame },
  { file: 'too-many-rounds.p12', problem: 'upload-not-readable', says: tooManyRounds, passwords: sesame },
  { file: 'java.p12', finds: ['other', 'other key'], passwords: ['sesame1'] },
  { file: 'java-legacy.p12', finds: ['other', 'other key'], remarks: [outdated, outdated], passwords: ['sesame1'] },
  { file: 'java.jks', problem: 'upload-not-readable', says: /is a Java keystore \(JKS\); keytool -importkeystore/ },

  // zip
  { file: 'ca.zip', finds: chain, remarks: ['entry-ignored', 'entry-ignored'] },
  { file: 'with-key.zip', finds: ['rsa', 'intermediate', 'rsa key'], passwords: sesame },
  { file: 'stored.zip', finds: chain },
  {
    file: 'locked.zip',
    problem: 'upload-not-readable',
    says: /is a zip locked with a password; unpack it/,
    passwords: sesame,
  },
  { file: 'zip-in-zip.zip', problem: 'upload-not-readable', says: /is a zip without a certificate or key in it/ },
  { file: 'readme-only.zip', problem: 'upload-not-readable', says: /is a zip without a certificate or key in it/ },
  {
    file: 'word.docx',
    problem: 'upload-not-readable',
    says: /is a Word, Excel or PowerPoint document; save the certificate itself/,
  },
  { file: 'bomb.zip', problem: 'upload-too-large', says: /unpacked, more than 1048576 bytes/ },
  { file: 'many.zip', problem: 'upload-too-large', says: /more than 20 files/ },
];

describe('ForgeCertificateFiles', () => {
  certificateFilesContract(() => new ForgeCertificateFiles());

  it('is shown every file of the folder, and each has its command', () => {
    expect(rows.map(({ file }) => file).sort()).toEqual([...fixtureNames()].sort());
    expect([...commands.keys()].sort()).toEqual([...fixtureNames()].sort());
  });

  it.each(rows.map((row) => ({ ...row, command: commands.get(row.file) })))('$file: $command', async (row) => {
    const reading = files.read([fixture(row.file)], row.passwords ?? []);
    if (row.problem !== undefined) {
      await expect(reading).rejects.toMatchObject({
        name: row.problem,
        message: expect.stringMatching(row.says ?? /^$/),
      });
      return;
    }
    const material = await reading;
    expect([...namesIn(material)].sort()).toEqual([...(row.finds ?? [])].sort());
    expect(material.remarks.map(({ code }) => code)).toEqual(row.remarks ?? []);
  });

  it.each(rows.filter(({ passwords }) => passwords !== undefined))(
    '$file: a password it lacks, and a wrong one',
    async ({ file, problem }) => {
      if (problem !== undefined) return;
      await expect(files.read([fixture(file)], [])).rejects.toMatchObject({ name: 'upload-password-needed' });
      await expect(files.read([fixture(file)], ['Sesame'])).rejects.toMatchObject({ name: 'upload-password-wrong' });
    },
  );

  it.each([
    ['the MAC', 'java-legacy.p12', ['wrong', 'sesame1']],
    ['a part', 'gnutls-aes.p12', ['wrong', 'wrong too', 'sesame']],
  ])('tries the password that fitted %s first from then on, or there would be no time', async (_, file, passwords) => {
    expect((await files.read([fixture(file)], passwords)).keys).toHaveLength(1);
  });
});
