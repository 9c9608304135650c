// Which services each step and trigger takes, and what it asks of them, read from the TypeScript source.

import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importedNames } from '../../src/domain/vault-name.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A top-level thing of a file: where it is, what it says, and where the names it may mention come from. */
interface Thing {
  readonly file: string;
  readonly name: string;
  readonly body: string;
}

interface Source {
  readonly things: ReadonlyMap<string, Thing>;
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
}

const sources = new Map<string, Source>();

/** `port.verb` of everything reached from an exported function, like `vault.get`. Ports are those of `Services`. */
export function callsOf(file: string, name: string): readonly string[] {
  const calls = reached(file, name).flatMap(({ body }) =>
    [...body.matchAll(/\b([a-z]\w+)\??\.([a-z]\w+)(?:<[^(\n]*>)?\(/gi)].map(
      ([, port = '', verb = '']) => `${port}.${verb}`,
    ),
  );
  return [...new Set(calls)].filter((call) => PORTS.includes(call.split('.')[0] ?? '')).sort();
}

/** Templates of the names put into the vault, `${…}` as `*`. */
export function vaultPutsOf(file: string, name: string): readonly string[] {
  const puts = reached(file, name).flatMap(({ body }) => {
    if (!/\bvault\s*\.put/.test(body)) return [];
    if (/\bimportedNames\(/.test(body)) return brought;
    return [...body.matchAll(/`((?:partners|authorities)\/[^`]*)`/g)].map((match) =>
      (match[1] ?? '').replaceAll(/\$\{[^}]*\}/g, '*'),
    );
  });
  return [...new Set(puts)].sort();
}

const { key, chain } = importedNames('*', '*', '');
const brought = [key, chain.replace(/-[0-9a-f]+\.pem$/, '-*.pem')];

/** Fields by which what is read from the vault is named, like `chainRef`. */
export function vaultReadsOf(file: string, name: string): readonly string[] {
  const reads = reached(file, name).flatMap(({ file: at, body }) =>
    [...body.matchAll(/vault\.get\(([\w.]+)\)/g)].map((match) => `${at} ${match[1]}`),
  );
  return [...new Set(reads)].sort();
}

/** What a pattern's group finds in everything reached from an exported function. */
export function literalsIn(file: string, name: string, pattern: RegExp): readonly string[] {
  const found = reached(file, name).flatMap(({ body }) => [...body.matchAll(pattern)].map((match) => match[1] ?? ''));
  return [...new Set(found)].sort();
}

/** Keys of `Services` in the type a file calls `Needs`, or another one. */
export function needsOf(file: string, type = 'Needs'): readonly string[] {
  const text = read(file);
  const declared = new RegExp(`type ${type} =([^;]*);`).exec(text)?.[1];
  if (declared === undefined) {
    const from = sourceOf(file).imports.get(type);
    if (from === undefined) throw new Error(`${file} has no type ${type}`);
    return needsOf(from.file, from.name);
  }
  const picked = [...declared.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '');
  const others = [...declared.matchAll(/\b(\w+Needs)\b/g)].flatMap((match) => needsOf(file, match[1]));
  return [...new Set([...picked, ...others])].sort();
}

/** The catalogue: file and exported name of each step. */
export function stepsOfCatalogue(): ReadonlyMap<string, { readonly file: string; readonly name: string }> {
  const file = 'src/steps/catalogue.ts';
  const rows = [...read(file).matchAll(/^ {2}'([a-z-]+)': (\w+),$/gm)];
  return new Map(
    rows.map(([, step = '', name = '']) => {
      const from = sourceOf(file).imports.get(name);
      if (from === undefined) throw new Error(`${file} does not import ${name}`);
      return [step, from] as const;
    }),
  );
}

/** The ports of `Services`, and an authority that is open. */
const PORTS = [
  'authority',
  ...[...read('src/steps/services.ts').matchAll(/^ {2}readonly (\w+): [A-Z]\w+;$/gm)].map((match) => match[1] ?? ''),
];

function reached(file: string, name: string): readonly Thing[] {
  const seen = new Map<string, Thing>();
  const open = [{ file, name }];
  for (let next = open.pop(); next; next = open.pop()) {
    const source = sourceOf(next.file);
    const thing = source.things.get(next.name);
    const id = `${next.file} ${next.name}`;
    if (thing === undefined || seen.has(id)) continue;
    seen.set(id, thing);
    for (const [mentioned] of thing.body.matchAll(/\b[A-Za-z_]\w*\b/g)) {
      const from = source.imports.get(mentioned);
      if (from !== undefined) open.push(from);
      else if (mentioned !== next.name && source.things.has(mentioned)) open.push({ file: next.file, name: mentioned });
    }
  }
  return [...seen.values()];
}

function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known) return known;
  const text = read(file);
  const parts = text.split(/^(?=(?:export )?(?:async )?(?:function\*?|const|class|type|interface) )/m);
  const things = parts.flatMap((body): readonly [string, Thing][] => {
    const name = /^(?:export )?(?:async )?(?:function\*?|const|class) (\w+)/.exec(body)?.[1];
    return name === undefined ? [] : [[name, { file, name, body }]];
  });
  const imports = [...text.matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']+)';/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((one) => one.trim().replace(/^type /, ''))
        .filter((one) => one !== '')
        .map((one) => {
          const [name = '', local = name] = one.split(' as ');
          return [local, { file: relative(root, resolve(root, dirname(file), from)), name }] as const;
        }),
  );
  const source = { things: new Map(things), imports: new Map(imports) };
  sources.set(file, source);
  return source;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
