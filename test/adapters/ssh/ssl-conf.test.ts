// Reading ssl.conf: as Apache does, and never into a path we would not touch.

import { describe, expect, it } from 'vitest';
import { parseSslConf } from '../../../src/adapters/ssh/ssl-conf.ts';
import { problemCode } from '../../../src/domain/problem.ts';

const KEY = 'SSLCertificateKeyFile /etc/pki/tls/private/ucx.key';
const CERTIFICATE = 'SSLCertificateFile /etc/pki/tls/certs/ucx.crt';
const paths = { certificate: '/etc/pki/tls/certs/ucx.crt', key: '/etc/pki/tls/private/ucx.key' };

describe('parseSslConf', () => {
  it.each([
    { when: 'just the two', text: `${CERTIFICATE}\n${KEY}\n`, expected: {} },
    { when: 'Windows line ends', text: `${CERTIFICATE}\r\n${KEY}\r\n`, expected: {} },
    {
      when: 'other capitals and spacing',
      text: `\t sslCERTIFICATEfile \t ${paths.certificate}  \n  ${KEY}`,
      expected: {},
    },
    {
      when: 'quotes',
      text: `SSLCertificateFile "${paths.certificate}"\nSSLCertificateKeyFile '${paths.key}'`,
      expected: {},
    },
    { when: 'a continued line', text: `SSLCertificateFile \\\n  ${paths.certificate}\n${KEY}`, expected: {} },
    { when: 'the last of several', text: `SSLCertificateFile /old.crt\n${CERTIFICATE}\n${KEY}`, expected: {} },
    {
      when: 'comments',
      text: `#SSLCertificateFile /no\n${CERTIFICATE}\n${KEY}\n # SSLCACertificateFile /no`,
      expected: {},
    },
    { when: 'a section around it', text: `<VirtualHost *:443>\n${CERTIFICATE}\n${KEY}\n</VirtualHost>`, expected: {} },
    { when: 'the CA file', text: `${CERTIFICATE}\n${KEY}\nSSLCACertificateFile /ca.crt`, expected: { ca: '/ca.crt' } },
    {
      when: 'the chain file',
      text: `${CERTIFICATE}\n${KEY}\nSSLCertificateChainFile /chain`,
      expected: { chain: '/chain' },
    },
    { when: 'names that only begin the same', text: `${CERTIFICATE}\n${KEY}\nSSLCertificateFileX /no`, expected: {} },
  ])('takes $when', ({ text, expected }) => {
    expect(parseSslConf(text, 'ssl.conf')).toEqual({ ...paths, ca: undefined, chain: undefined, ...expected });
  });

  it.each([
    { when: 'no certificate', text: KEY, says: 'SSLCertificateFile' },
    { when: 'no key', text: `${CERTIFICATE}\nSSLCACertificateFile /ca`, says: 'SSLCertificateKeyFile' },
    { when: 'nothing', text: '', says: 'SSLCertificateFile' },
    {
      when: 'a path to nowhere fixed',
      text: `${CERTIFICATE}\nSSLCertificateKeyFile conf/ucx.key`,
      says: 'SSLCertificateKeyFile',
    },
    {
      when: 'a way upwards',
      text: `${CERTIFICATE}\nSSLCertificateKeyFile /etc/../root/key`,
      says: 'SSLCertificateKeyFile',
    },
    { when: 'a shell in the path', text: `SSLCertificateFile "/etc/$(reboot)"\n${KEY}`, says: 'SSLCertificateFile' },
    { when: 'a quote in the path', text: `SSLCertificateFile /etc/it's\n${KEY}`, says: 'SSLCertificateFile' },
    { when: 'an escape sequence', text: `SSLCertificateFile /etc/\u001b[2J\n${KEY}`, says: 'SSLCertificateFile' },
    { when: 'a folder', text: `SSLCertificateFile /etc/pki/\n${KEY}`, says: 'SSLCertificateFile' },
    { when: 'an endless path', text: `SSLCertificateFile /${'a'.repeat(2_000)}\n${KEY}`, says: 'SSLCertificateFile' },
    {
      when: 'an odd CA file',
      text: `${CERTIFICATE}\n${KEY}\nSSLCACertificateFile ;reboot`,
      says: 'SSLCACertificateFile',
    },
    { when: 'one file for both', text: `SSLCertificateFile ${paths.key}\n${KEY}`, says: 'a file of its own' },
  ])('refuses $when', ({ text, says }) => {
    const parse = () => parseSslConf(text, 'ssl.conf');
    expect(parse).toThrow(says);
    expect(parse).toThrow(expect.toSatisfy((error) => problemCode(error) === 'server-not-ready'));
  });
});
