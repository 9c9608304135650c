// The words after a command, by what they mean; what is not known, or missing, is said.

import { parseArgs } from 'node:util';
import { Failure } from './failure.ts';

export interface Options {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** `known`: options with a value, or without. `--help` is known everywhere. A last positional that ends with `…` may come more than once. */
export function readOptions(
  words: readonly string[],
  known: Readonly<Record<string, 'value' | 'flag'>>,
  positionals: readonly string[],
): Options {
  const all: Readonly<Record<string, 'value' | 'flag'>> = { ...known, help: 'flag' };
  const options = Object.fromEntries(
    Object.entries(all).map(([name, kind]) => [
      name,
      { type: kind === 'value' ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    const values = parsed.values as Options['values'];
    const isOpen = positionals.at(-1)?.endsWith('…') === true;
    const isEnough = isOpen
      ? parsed.positionals.length >= positionals.length
      : parsed.positionals.length === positionals.length;
    if (values.help !== true && !isEnough)
      throw new Failure(positionals.length === 0 ? 'takes no further words' : `give ${positionals.join(' and ')}`);
    return { positionals: parsed.positionals, values };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(error instanceof Error ? error.message : String(error));
  }
}
