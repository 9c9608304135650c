// What OpenSSL says of a chain and of its issuer's revocation list.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ChainToVerify {
  /** Leaf first, PEM. */
  readonly chain: string;
  readonly rootPem: string;
  readonly hostname: string;
  /** DER; where it is given the leaf must not be in it. */
  readonly crl?: Uint8Array;
}

/** `OK`, or the reason OpenSSL gives; every check of RFC 5280 it has is on (`-x509_strict`). */
export async function verifyChain({ chain, rootPem, hostname, crl }: ChainToVerify): Promise<string> {
  const [leaf = '', ...others] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return inFolder(async (put) => {
    const root = await put('root.pem', rootPem);
    const untrusted = await put('others.pem', others.join('\n'));
    const lists = crl === undefined ? [] : ['-crl_check', '-CRLfile', await put('list.der', crl)];
    const trust = ['-CAfile', root, '-no-CApath', '-no-CAstore', '-untrusted', untrusted];
    const strict = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', hostname];
    const told = await openssl(['verify', ...strict, ...trust, ...lists, await put('leaf.pem', leaf)]);
    return /: (OK)\s*$/.exec(told)?.[1] ?? /error \d+ at \d+ depth lookup: (.*)/.exec(told)?.[1] ?? told;
  });
}

/** Whether the list is signed by the issuer, and its text. */
export async function readList(crl: Uint8Array, issuerPem: string): Promise<{ verified: string; text: string }> {
  return inFolder(async (put) => {
    const list = await put('list.der', crl);
    const issuer = await put('issuer.pem', issuerPem);
    const verified = await openssl(['crl', '-inform', 'DER', '-in', list, '-CAfile', issuer, '-noout']);
    return {
      verified: verified.trim(),
      text: await openssl(['crl', '-inform', 'DER', '-in', list, '-noout', '-text']),
    };
  });
}

type Put = (name: string, content: string | Uint8Array) => Promise<string>;

async function inFolder<Value>(work: (put: Put) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'openssl-'));
  try {
    return await work(async (name, content) => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All it wrote, however it ended: a refusal is an answer here. */
function openssl(args: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const child = execFile('openssl', [...args], { timeout: 10_000 }, (_, stdout, stderr) =>
    resolve(`${stderr}${stdout}`),
  );
  child.stdin?.end();
  return promise;
}
