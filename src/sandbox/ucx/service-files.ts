// Which certificate and key InfinityOne would serve: ssl.conf's directives and its Erlang's rules about chains.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * `old` (before OTP 23.2.4): of certfile only the first certificate is sent, the rest of the chain is looked for in cacertfile.
 * `new`: what certfile holds is sent, completed from cacertfile. facts/appliance.md, 1.3.
 */
export type ErlangAge = 'old' | 'new';

export interface ServiceSet {
  /** As sent in a handshake, leaf first, PEM. */
  readonly chainPem: string;
  readonly keyPem: string;
  /** SHA-256 of the leaf's DER, lower hex. */
  readonly fingerprint: string;
}

export interface ServicePaths {
  readonly certfile: string;
  readonly keyfile: string;
  /** Falls back to `certfile` when ssl.conf names none; SSLCertificateChainFile is not read. */
  readonly cacertfile: string;
}

/** Who InfinityOne runs as: not root, but of this group. */
export interface ServiceUser {
  readonly gid: number;
  /** The server's `/`: folders above it are not its concern. */
  readonly root: string;
}

/** Reads ssl.conf as E-MetroTel's module of 2018 does: comments stripped, the last one of a directive wins. */
export function servicePaths(sslConf: string): ServicePaths {
  const certfile = directive(sslConf, 'SSLCertificateFile');
  const keyfile = directive(sslConf, 'SSLCertificateKeyFile');
  if (!certfile || !keyfile) throw new Error('ssl.conf names no certificate or no key');
  return { certfile, keyfile, cacertfile: directive(sslConf, 'SSLCACertificateFile') ?? certfile };
}

/** The same for Apache, which looks for a chain elsewhere. */
export function webPaths(sslConf: string): {
  readonly certificate: string;
  readonly key: string;
  readonly chain: string | undefined;
} {
  const { certfile, keyfile } = servicePaths(sslConf);
  return { certificate: certfile, key: keyfile, chain: directive(sslConf, 'SSLCertificateChainFile') };
}

export interface SetOnDisk {
  readonly certfilePem: string;
  readonly keyPem: string;
  readonly cacertfilePem: string;
}

/** Reads the three files as the service's user; what that user may not read is an error, whoever runs the sandbox. */
export function readSet(paths: ServicePaths, user: ServiceUser): SetOnDisk {
  return {
    certfilePem: readAs(paths.certfile, user),
    keyPem: readAs(paths.keyfile, user),
    cacertfilePem: readAs(paths.cacertfile, user),
  };
}

/** Throws when certificate and key do not load or do not belong together. */
export function loadSet({ certfilePem, keyPem, cacertfilePem }: SetOnDisk, erlang: ErlangAge): ServiceSet {
  const own = certificatesIn(certfilePem);
  const leaf = own[0];
  if (!leaf) throw new Error('no certificate in certfile');
  const key: KeyObject = createPrivateKey(keyPem);
  if (!leaf.checkPrivateKey(key)) throw new Error('key and certificate do not belong together');
  const start = erlang === 'old' ? [leaf] : own;
  const chain = completed(start, certificatesIn(cacertfilePem));
  return {
    chainPem: chain.map((certificate) => certificate.toString()).join(''),
    keyPem,
    fingerprint: fingerprintOf(leaf),
  };
}

/** Lower hex without colons. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function directive(sslConf: string, name: string): string | undefined {
  const pattern = new RegExp(`^[ \\t]*${name}[ \\t]+(?:"([^"\\n]+)"|([^\\s"#]+))[ \\t]*(?:#.*)?$`, 'gim');
  const last = [...sslConf.matchAll(pattern)].at(-1);
  return last?.[1] ?? last?.[2];
}

/** Issuer by issuer as long as the pool has one; a self-signed certificate ends it. */
function completed(start: readonly X509Certificate[], pool: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [...start];
  for (let last = chain.at(-1); last && chain.length < 10; last = chain.at(-1)) {
    const child = last;
    if (child.checkIssued(child)) break;
    const issuer = pool.find((candidate) => child.checkIssued(candidate) && !chain.includes(candidate));
    if (!issuer) break;
    chain.push(issuer);
  }
  return chain;
}

function readAs(path: string, { gid, root }: ServiceUser): string {
  const real = realpathSync(path);
  if (!permits(real, gid, 0o4)) throw new Error(`permission denied: ${path}`);
  for (let folder = dirname(real); folder.length > root.length; folder = dirname(folder)) {
    if (!permits(folder, gid, 0o1)) throw new Error(`permission denied: ${path}`);
  }
  return readFileSync(real, 'utf8');
}

function permits(path: string, gid: number, bit: number): boolean {
  const { mode, gid: group } = statSync(path);
  return (mode & bit) !== 0 || (group === gid && (mode & (bit << 3)) !== 0);
}
