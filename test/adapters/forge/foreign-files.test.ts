// What people send instead of a certificate: said what it looks like, and what would be right.

import { describe, expect, it } from 'vitest';
import { ForgeCertificateFiles } from '../../../src/adapters/forge/forge-certificate-files.ts';
import { fixture } from '../../support/container-fixtures.ts';

const files = new ForgeCertificateFiles();
const read = (bytes: Uint8Array | string, passwords: readonly string[] = []) =>
  files.read([{ name: 'a.bin', bytes: Buffer.from(bytes) }], passwords);
const rsa = Buffer.from(fixture('rsa.crt').bytes).toString();
const hex = (text: string) => Buffer.from(text, 'hex');

describe('foreign files', () => {
  it.each([
    ['nothing', '', /is empty; send PEM .*PKCS#7 .*PKCS#12 .*zip/],
    ['blanks', ' \r\n ', /holds nothing but blanks/],
    ['a PDF', '%PDF-1.7\n', /is a PDF document; save the certificate itself/],
    ['a web page', '<html><body>Forbidden', /is a web page, perhaps an error message; download the certificate again/],
    ['a web page with a byte order mark', '\ufeff\n<!doctype html>', /is a web page/],
    ['XML', '<?xml version="1.0"?>', /is an XML document/],
    ['RTF', '{\\rtf1 MIIB}', /is an RTF document/],
    ['an old Word document', hex('d0cf11e0a1b11ae10000'), /is an old Word or Excel document/],
    ['a picture', hex('89504e470d0a1a0a'), /is a picture \(PNG\)/],
    ['a photograph', hex('ffd8ffe000104a464946'), /is a picture \(JPEG\)/],
    ['a Java keystore', hex('feedfeed00000002'), /is a Java keystore \(JKS\); keytool/],
    ['a JCEKS', hex('cececece00000002'), /is a Java keystore \(JCEKS\); keytool/],
    ['a gzip', hex('1f8b0800000000000003'), /is packed with gzip; unpack it/],
    ['a tar', Buffer.concat([Buffer.alloc(257, 0x61), Buffer.from('ustar\0')]), /is a tar archive; unpack it/],
    ['a 7-Zip', hex('377abcaf271c0004'), /is a 7-Zip archive; unpack it/],
    ['a mail', 'Received: from a\r\nSubject: your certificate\r\n\r\nHello', /is an e-mail; save what is attached/],
    ['an SSH key', 'ssh-rsa AAAAB3NzaC1yc2E= ana', /is an SSH key; send the private key that the CSR/],
    ["PuTTY's key", 'PuTTY-User-Key-File-3: ssh-rsa', /is an SSH key of PuTTY/],
    ['a letter', 'Thank you for your order.', /is a text without a certificate or key in it/],
    ['something', hex('0011223344556677'), /is of a kind that is not known here/],
    ['DER of another thing', hex('300602010502010600'), /looks like DER and is neither/],
    ['a cut certificate', fixture('rsa.der').bytes.subarray(0, 300), /looks like DER and is neither.*or is cut/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      name: 'upload-not-readable',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['four hyphens', rsa.replace('-----BEGIN', '----BEGIN'), /BEGIN line is not whole: five hyphens/],
    ["a word processor's dashes", rsa.replaceAll('-----', '—–—'), /BEGIN line is not whole: five hyphens/],
    ['no END', rsa.replace(/-----END.*/, ''), /block 1" begins with "CERTIFICATE" and has no end; send the whole file/],
    ['another END', rsa.replace('END CERTIFICATE', 'END X509'), /has no end/],
    [
      'a second BEGIN before the END',
      rsa.replace('\n-----END', '\n-----BEGIN CERTIFICATE-----\n-----END'),
      /has no end/,
    ],
    ['a letter that is not base64', rsa.replace(/^(M.{10})./m, '$1*'), /block with letters that are not base64/],
    [
      'a damaged middle',
      rsa.replace(/\n(.{20})[^\n]{40}/, '\n$1'),
      /is a CERTIFICATE block that holds none, or a damaged one/,
    ],
    ['an empty block', rsa.replace(/-----\n[^-]*\n-----/, '-----\n-----'), /letters that are not base64, or too few/],
  ])('PEM with %s', async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      name: 'upload-not-readable',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['quoted blanks of no width', rsa.replaceAll('\n', '\u200b\n\u00a0')],
    ['an indent', rsa.replaceAll('\n', '\n    ')],
    ['two blocks on one line', `${rsa.trimEnd()}${rsa}`],
    ['letters of another code page around', Buffer.concat([Buffer.from('Gr\xfc\xdfe\n', 'latin1'), Buffer.from(rsa)])],
    ['UTF-16 without a byte order mark', Buffer.from(rsa, 'utf16le')],
    ['a zero after DER', Buffer.concat([fixture('rsa.der').bytes, Buffer.from([0, 0x0a])])],
  ])('is not troubled by %s', async (_, bytes) => {
    const { certificates, remarks } = await read(bytes);
    expect(certificates).toHaveLength(1);
    expect(remarks.filter(({ code }) => code !== 'text-ignored')).toEqual([]);
  });

  it('names the file in the problem, and its place in a zip', async () => {
    await expect(files.read([fixture('with-key.zip')], ['no'])).rejects.toMatchObject({
      name: 'upload-password-wrong',
      message: expect.stringMatching(
        /^"with-key\.zip: rsa-aes256\.key, block 1" opens with none of the passwords given/,
      ),
    });
  });
});
