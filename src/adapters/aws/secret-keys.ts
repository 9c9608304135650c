// Keys of ours that stand in Secrets Manager: those that sign links and tokens, newest first.

import { Problem } from '../../domain/problem.ts';
import type { LinkKeys } from '../../ports/link-keys.ts';
import type { Secrets } from './secrets.ts';

const FORM = '{"keys":["…"]} with 1 to 10 keys of 32 bytes or more in base64';
const MIN_KEY_BYTES = 32;
const MAX_KEYS = 10;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export type KeyList = readonly [Uint8Array, ...Uint8Array[]];

/** The first signs, all are taken. Problems: those of `Secrets`. */
export async function readKeys(secrets: Secrets, name: string): Promise<KeyList> {
  return await secrets.readAs(name, FORM, (text) => {
    const keys = keysIn(JSON.parse(text));
    const [first, ...others] = keys;
    if (first === undefined || keys.length > MAX_KEYS) return undefined;
    return keys.every((key) => key.length >= MIN_KEY_BYTES) ? [first, ...others] : undefined;
  });
}

export class SecretLinkKeys implements LinkKeys {
  readonly #secrets: Secrets;
  readonly #name: string;

  constructor({ secrets, name }: { readonly secrets: Secrets; readonly name: string }) {
    this.#secrets = secrets;
    this.#name = name;
  }

  async list(): Promise<KeyList> {
    try {
      return await readKeys(this.#secrets, this.#name);
    } catch (error) {
      // The word the port has for it.
      if (!(error instanceof Problem) || error.name !== 'secret-unavailable') throw error;
      throw new Problem('inventory-unavailable', error.message);
    }
  }
}

/** Anything that is not a list of base64 is no list of keys. */
function keysIn(value: unknown): readonly Uint8Array[] {
  const { keys } = Object(value) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string' && BASE64.test(key))) return [];
  return keys.map((key: string) => Uint8Array.from(Buffer.from(key, 'base64')));
}
