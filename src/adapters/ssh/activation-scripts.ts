// The programs that are put on a server with every set: read from beside this file when they are first needed.

import { readFile } from 'node:fs/promises';

/** Contents by file name. */
export type ActivationScripts = Readonly<Record<'activate.sh' | 'exchange.sh', string>>;

let kept: Promise<ActivationScripts> | undefined;

/** A bundle must carry both files beside itself. */
export function activationScripts(): Promise<ActivationScripts> {
  kept ??= readBoth();
  return kept;
}

async function readBoth(): Promise<ActivationScripts> {
  const [activate, exchange] = await Promise.all(
    ['activate.sh', 'exchange.sh'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  );
  return { 'activate.sh': activate ?? '', 'exchange.sh': exchange ?? '' };
}
