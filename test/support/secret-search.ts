// Looks for secrets in whatever was written: each key in every form in which it could have got there.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';

export interface Secret {
  /** How it is called when it is found; no part of it. */
  readonly name: string;
  /** Found anywhere, it has leaked. */
  readonly forms: readonly string[];
}

const SLICE = 40;

/** Everything a vault folder holds but the chains, which are public. */
export async function secretsOfVault(folder: string): Promise<readonly Secret[]> {
  const files = (await filesBelow(folder)).filter((path) => !path.includes('chain-'));
  return Promise.all(files.map(async (path) => secretOf(path.slice(folder.length + 1), await contentOf(path))));
}

/** A text that is secret as it is, like a token. */
export function textSecret(name: string, text: string): Secret {
  return { name, forms: [text, ...bytesForms(Buffer.from(text))] };
}

/** Names of the secrets found, each with where. */
export function findIn(where: string, bytes: Uint8Array, secrets: readonly Secret[]): readonly string[] {
  const plain = Buffer.from(bytes).toString('latin1');
  // as it would read without the line ends a log, a JSON text or a mail puts in
  const joined = plain.replaceAll(/\\[rn]|=\r?\n|\s/g, '');
  return secrets
    .filter(({ forms }) => forms.some((form) => plain.includes(form) || joined.includes(form)))
    .map(({ name }) => `${name} in ${where}`);
}

/** All files below a folder but those for which `isTheirPlace` holds. */
export async function findBelow(
  folder: string,
  secrets: readonly Secret[],
  isTheirPlace: (path: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(folder)) {
    if (!isTheirPlace(path)) found.push(...findIn(path.slice(folder.length + 1), await readFile(path), secrets));
  }
  return found;
}

export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files and folders that others than owner and group may read. */
export async function openToTheWorld(paths: readonly string[]): Promise<readonly string[]> {
  const modes = await Promise.all(paths.map(async (path) => ({ path, mode: (await lstat(path)).mode & 0o007 })));
  return modes.filter(({ mode }) => mode !== 0).map(({ path }) => path);
}

/** Without the line of the version in front. */
async function contentOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  return bytes.subarray(bytes.indexOf('\n') + 1);
}

function secretOf(name: string, content: Buffer): Secret {
  const text = content.toString('latin1');
  if (!text.includes('PRIVATE KEY')) return { name, forms: bytesForms(content) };
  return { name, forms: rawParts(text).flatMap(bytesForms) };
}

/** The numbers nobody else may know, as bytes: they stand like this in every encoding of the key, beside what is public. */
function rawParts(pem: string): readonly Buffer[] {
  if (pem.includes('OPENSSH')) return [sshSeed(pem)];
  const jwk = keyParts(createPrivateKey(pem));
  return [jwk.d, jwk.p, jwk.q].flatMap((part) => (part === undefined ? [] : [Buffer.from(part, 'base64url')]));
}

function keyParts(key: KeyObject): { readonly d?: string; readonly p?: string; readonly q?: string } {
  return key.export({ format: 'jwk' }) as { readonly d?: string; readonly p?: string; readonly q?: string };
}

/** The 32 bytes before the public half, in OpenSSH's private format (openssh PROTOCOL.key). */
function sshSeed(pem: string): Buffer {
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  const publicHalf = key.getPublicSSH().subarray(-32);
  const bytes = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return bytes.subarray(bytes.lastIndexOf(publicHalf) - 32, bytes.lastIndexOf(publicHalf));
}

/** As they are, in hex, and in base64 wherever the group of three begins. */
function bytesForms(bytes: Buffer): readonly string[] {
  const encoded = [0, 1, 2].flatMap((skipped) => {
    const whole = bytes.subarray(skipped, bytes.length - ((bytes.length - skipped) % 3));
    const base64 = whole.toString('base64');
    return [...slices(base64), ...slices(base64.replaceAll('+', '-').replaceAll('/', '_'))];
  });
  const hex = bytes.toString('hex');
  const colons = (hex.match(/../g) ?? []).join(':');
  return [bytes.toString('latin1'), ...slices(hex), ...slices(hex.toUpperCase()), ...slices(colons), ...encoded];
}

/** Beginning, middle and end, each long enough to be no chance. */
function slices(text: string): readonly string[] {
  if (text.length <= SLICE) return [text];
  const middle = Math.floor((text.length - SLICE) / 2);
  return [text.slice(0, SLICE), text.slice(middle, middle + SLICE), text.slice(-SLICE)];
}
