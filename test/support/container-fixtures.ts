// The files other programs made in test/fixtures/containers, the commands that made them, and what is in them by name.

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Material, UploadedFile } from '../../src/ports/certificate-files.ts';

const folder = fileURLToPath(new URL('../fixtures/containers/', import.meta.url));

export function fixtureNames(): readonly string[] {
  return readdirSync(folder).filter((name) => name !== 'make.sh' && name !== '.gitattributes');
}

export function fixture(name: string): UploadedFile {
  return { name, bytes: new Uint8Array(readFileSync(`${folder}${name}`)) };
}

/** File → command, as make.sh has them. */
export function fixtureCommands(): ReadonlyMap<string, string> {
  const lines = readFileSync(`${folder}make.sh`, 'utf8').matchAll(/^make (\S+) +(.+)$/gm);
  return new Map([...lines].map(([, name = '', command = '']) => [name, command]));
}

/** The certificates and keys by what they are called in the folder, `rsa` and `rsa key`; a stranger's is `other`. */
export function namesIn({ certificates, keys }: Material): readonly string[] {
  return [
    ...certificates.map(({ der }) => known.get(digestOf(der)) ?? 'other'),
    ...keys.map(({ pkcs8Pem }) => known.get(publicDigestOf(pkcs8Pem)) ?? 'other key'),
  ];
}

const certificateNames = ['root', 'intermediate', 'rsa', 'ec'];
const keyNames = ['root', 'intermediate', 'rsa', 'ec', 'p384'];

const known = new Map([
  ...certificateNames.map((name) => [digestOf(new X509Certificate(fixture(`${name}.crt`).bytes).raw), name] as const),
  ...keyNames.map((name) => [publicDigestOf(Buffer.from(fixture(`${name}.key`).bytes)), `${name} key`] as const),
]);

function digestOf(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

/** Reading it back as PKCS#8 shows that it is whole. */
function publicDigestOf(pem: string | Buffer): string {
  return digestOf(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }));
}
