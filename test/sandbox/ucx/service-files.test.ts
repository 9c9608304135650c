// InfinityOne finds its files in ssl.conf as E-MetroTel's module of 2018 did.

import { describe, expect, it } from 'vitest';
import { servicePaths } from '../../../src/sandbox/ucx/service-files.ts';

const certfile = 'SSLCertificateFile /pki/ucx.crt';
const keyfile = 'SSLCertificateKeyFile /pki/ucx.key';

describe('servicePaths', () => {
  it.each([
    { when: 'three directives', lines: [certfile, keyfile, 'SSLCACertificateFile /pki/ca.crt'], ca: '/pki/ca.crt' },
    { when: 'no CA file: the certificate file itself', lines: [certfile, keyfile], ca: '/pki/ucx.crt' },
    {
      when: 'a chain file, which is not read',
      lines: [certfile, keyfile, 'SSLCertificateChainFile /c'],
      ca: '/pki/ucx.crt',
    },
    {
      when: 'a CA file commented out',
      lines: [certfile, keyfile, '# SSLCACertificateFile /pki/ca.crt'],
      ca: '/pki/ucx.crt',
    },
    {
      when: 'other capitals, tabs and quotes',
      lines: [certfile, keyfile, '\tsslcacertificatefile\t"/pki/my ca.crt"  '],
      ca: '/pki/my ca.crt',
    },
    {
      when: 'a comment behind it',
      lines: [certfile, keyfile, 'SSLCACertificateFile /pki/ca.crt # ours'],
      ca: '/pki/ca.crt',
    },
    {
      when: 'a directive twice: the last one',
      lines: [certfile, keyfile, 'SSLCACertificateFile /a', 'SSLCACertificateFile /b'],
      ca: '/b',
    },
  ])('reads $when', ({ lines, ca }) => {
    expect(servicePaths(lines.join('\n'))).toEqual({
      certfile: '/pki/ucx.crt',
      keyfile: '/pki/ucx.key',
      cacertfile: ca,
    });
  });

  it('fails when certificate or key is not named', () => {
    expect(() => servicePaths(certfile)).toThrow('names no certificate or no key');
    expect(() => servicePaths(`#${certfile}\n${keyfile}`)).toThrow('names no certificate or no key');
  });
});
