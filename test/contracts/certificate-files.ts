// What every CertificateFiles keeps; see the numbered rules of src/ports/certificate-files.ts.

import { describe, expect, it } from 'vitest';
import { problemCode } from '../../src/domain/problem.ts';
import type { CertificateFiles, UploadedFile } from '../../src/ports/certificate-files.ts';
import { fixture, namesIn } from '../support/container-fixtures.ts';

export function certificateFilesContract(open: () => CertificateFiles): void {
  const read = (names: readonly string[], passwords: readonly string[] = []) =>
    open().read(
      names.map((name) => fixture(name)),
      passwords,
    );

  describe('as CertificateFiles', () => {
    it('answers what all files hold together, whatever they are called', async () => {
      const files = ['chain.p7b', 'ec.crt', 'rsa-aes256.p12', 'ec-sec1.key'].map((name, index) => ({
        ...fixture(name),
        name: `${index}.bin`,
      }));
      expect(namesIn(await open().read(files, ['sesame']))).toEqual([
        'rsa',
        'intermediate',
        'root',
        'ec',
        'rsa key',
        'ec key',
      ]);
    });

    it('answers the same certificate or key once, with the place where it was found first', async () => {
      const material = await read(['ca.zip', 'bundle.pem', 'rsa-pkcs1.key', 'chain-der.p7b', 'rsa.der']);
      expect(namesIn(material)).toEqual(['rsa', 'intermediate', 'root', 'rsa key']);
      expect(material.certificates.map(({ from }) => from)).toEqual([
        'ca.zip: pbx_northwind_test.crt, block 1',
        'ca.zip: bundle.ca-bundle, block 2',
        'ca.zip: bundle.ca-bundle, block 3',
      ]);
      expect(material.keys.map(({ from }) => from)).toEqual(['bundle.pem, block 2']);
    });

    it('opens each part with the password that fits it', async () => {
      const material = await read(
        ['rsa-aes256.key', 'ec-unicode.p12', 'no-password.p12', 'empty-password.p12'],
        ['größe€', 'sesame'],
      );
      expect(namesIn(material)).toEqual(['ec', 'rsa key', 'ec key']);
    });

    it('says whether a password is missing or wrong', async () => {
      await expect(read(['rsa-aes256.p12'])).rejects.toMatchObject({ name: 'upload-password-needed' });
      await expect(read(['rsa-aes256.p12'], ['Sesame'])).rejects.toMatchObject({ name: 'upload-password-wrong' });
    });

    it('refuses what is something else, and says what was seen and what would be right', async () => {
      const page = { name: 'pbx.crt', bytes: Buffer.from('<!DOCTYPE html><title>404</title>') };
      await expect(open().read([page], [])).rejects.toMatchObject({
        name: 'upload-not-readable',
        message: expect.stringMatching(/^"pbx\.crt" is a web page.*; download/),
      });
      await expect(open().read([], [])).rejects.toMatchObject({ name: 'upload-not-readable' });
    });

    it('makes a remark of what lies beside certificates in a zip', async () => {
      const { remarks } = await read(['ca.zip']);
      expect(remarks.map(({ code, from }) => [code, from])).toEqual([
        ['entry-ignored', 'ca.zip: README.txt'],
        ['entry-ignored', 'ca.zip: how-to-install.pdf'],
      ]);
    });

    it.each([
      ['bytes', [{ name: 'a.pem', bytes: new Uint8Array(1_048_577) }]],
      ['files', Array.from({ length: 21 }, () => fixture('rsa.crt'))],
      ['bytes unpacked', [fixture('bomb.zip')]],
      ['files unpacked', [fixture('many.zip')]],
    ] as const)('bounds %s', async (_, files) => {
      await expect(open().read(files, [])).rejects.toMatchObject({ name: 'upload-too-large' });
    });

    it('makes one problem of those of several files', async () => {
      const files: readonly UploadedFile[] = [
        fixture('rsa.crt'),
        { name: 'scan.pdf', bytes: Buffer.from('%PDF-1.7') },
        fixture('rsa-aes256.key'),
      ];
      await expect(open().read(files, [])).rejects.toMatchObject({
        name: 'upload-not-readable',
        message: expect.stringMatching(/"scan\.pdf".*"rsa-aes256\.key, block 1"/),
      });
    });

    it('tells nothing of a password or a key, and cleans names', async () => {
      const name = `C:\\certs\\\u202e\u001b[31m${'x'.repeat(500)}.key`;
      const error = await open()
        .read([{ ...fixture('rsa-aes256.key'), name }], ['open sesame'])
        .catch((problem: Error) => problem);
      expect(problemCode(error)).toBe('upload-password-wrong');
      const { message } = error as Error;
      expect(message).not.toMatch(/sesame|[\p{Cc}\p{Cf}]|certs/u);
      expect(message.length).toBeLessThan(400);
    });

    it('answers the same for the same, and leaves the bytes alone', async () => {
      const file = fixture('rsa-rc2-40.p12');
      const before = Buffer.from(file.bytes);
      const [one, other] = [await open().read([file], ['sesame']), await open().read([file], ['sesame'])];
      expect(one).toEqual(other);
      expect(before.equals(file.bytes)).toBe(true);
    });
  });
}
