// What openssl, which somebody else wrote, says of the certificate a server serves; it is the machine's own program.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OpensslQuestion {
  readonly name: string;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** The only root that is trusted. */
  readonly rootPem: string;
}

export interface OpensslProof {
  /** As sent in the handshake, leaf first. */
  readonly chain: readonly string[];
  /** `rsaEncryption` or `id-ecPublicKey`. */
  readonly keyAlgorithm: string;
}

const DEADLINE_MS = 10_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g;

/** The command `npm start` prints, and more: fails with what openssl says unless it exits with 0. */
export async function proveByOpenssl({ name, port, rootPem }: OpensslQuestion): Promise<OpensslProof> {
  return await inFolder(async (folder) => {
    const root = await put(folder, 'root.pem', rootPem);
    const trust = ['-CAfile', root, '-no-CApath', '-no-CAstore'];
    const strict = ['-verify_return_error', '-verify_hostname', name, '-showcerts'];
    const told = await openssl(['s_client', '-connect', `127.0.0.1:${port}`, '-servername', name, ...trust, ...strict]);
    const chain = told.match(CERTIFICATE) ?? [];
    const leaf = await put(folder, 'leaf.pem', chain[0] ?? '');
    const text = await openssl(['x509', '-in', leaf, '-noout', '-text']);
    return { chain, keyAlgorithm: /Public Key Algorithm: (\S+)/.exec(text)?.[1] ?? 'none' };
  });
}

/** `openssl verify` with every check of RFC 5280 it has (`-x509_strict`); fails with what it says. */
export async function verifyStrictly({ name, rootPem }: OpensslQuestion, chain: readonly string[]): Promise<void> {
  await inFolder(async (folder) => {
    const [leafPem = '', ...intermediates] = chain;
    const root = await put(folder, 'root.pem', rootPem);
    const leaf = await put(folder, 'leaf.pem', leafPem);
    const untrusted = await put(folder, 'intermediates.pem', intermediates.join(''));
    const checks = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', name, '-no-CApath', '-no-CAstore'];
    await openssl(['verify', ...checks, '-CAfile', root, '-untrusted', untrusted, leaf]);
  });
}

async function inFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'openssl-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function put(folder: string, name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

function openssl(args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('openssl', [...args], { timeout: DEADLINE_MS }, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`openssl ${args[0]} ended with ${error.code ?? error.signal}: ${stderr}${stdout}`));
  });
  child.stdin?.end();
  return promise;
}
