// The live key and certificate on a sandbox UCx, as InfinityOne would read them.

import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { parseSslConf } from '../../src/adapters/ssh/ssl-conf.ts';
import type { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';

export interface LiveFiles {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string | undefined;
}

export async function liveFiles(ucx: SandboxUcx): Promise<LiveFiles> {
  const paths = await livePaths(ucx);
  return {
    certificate: await readFile(paths.certificate, 'utf8'),
    key: await readFile(paths.key, 'utf8'),
    ca: paths.ca === undefined ? undefined : await readFile(paths.ca, 'utf8'),
  };
}

/** Key and certificate belong together; answers the fingerprint of the leaf. */
export async function expectMatchingFiles(ucx: SandboxUcx): Promise<string> {
  const { certificate, key } = await liveFiles(ucx);
  const leaf = new X509Certificate(certificate);
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  return leaf.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** As after somebody's half-finished change by hand. */
export async function spoilLiveKey(ucx: SandboxUcx): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile((await livePaths(ucx)).key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

export async function livePaths(ucx: SandboxUcx): Promise<ReturnType<typeof parseSslConf>> {
  const { sslConf } = ucx.profile;
  return parseSslConf(await readFile(sslConf, 'utf8'), sslConf);
}

/** What the script on the server says of its last activation: its phase, and `kept` when it went on without a commit mark. */
export async function activationPhase(ucx: SandboxUcx): Promise<string | undefined> {
  const { stagingFolder } = ucx.profile;
  try {
    const id = (await readFile(`${stagingFolder}/current`, 'utf8')).trim();
    const state = await readFile(`${stagingFolder}/activations/${id}/state`, 'utf8');
    const phase = /^phase=(.*)$/m.exec(state)?.[1];
    return /^why=no commit mark; kept/m.test(state) ? `${phase} kept` : phase;
  } catch {
    return undefined;
  }
}
