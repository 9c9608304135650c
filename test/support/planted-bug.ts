// Our decisions with one line changed: what a proof that holds for them must not hold for.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Decisions } from './restart-run.ts';

export interface PlantedBug {
  readonly file: 'restart-window.ts' | 'policy-judgement.ts' | 'appointment.ts';
  /** Must be there exactly once. */
  readonly line: string;
  readonly instead: string;
}

const DOMAIN = new URL('../../src/domain/', import.meta.url);

/** Whoever calls it with no bug has the decisions as they are, loaded the same way. */
export async function decisionsWith(bug?: PlantedBug): Promise<Decisions> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-bug-'));
  try {
    const windows = write(folder, 'restart-window.ts', bug, {});
    const judgement = write(folder, 'policy-judgement.ts', bug, { './restart-window.ts': windows });
    const copies = { './restart-window.ts': windows, './policy-judgement.ts': judgement };
    const appointments = write(folder, 'appointment.ts', bug, copies);
    return { ...(await import(/* @vite-ignore */ judgement)), ...(await import(/* @vite-ignore */ appointments)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Answers the address of the copy. What it imports is the real thing, but for what `copies` names. */
function write(
  folder: string,
  file: PlantedBug['file'],
  bug: PlantedBug | undefined,
  copies: Readonly<Record<string, string>>,
): string {
  const code = stripTypeScriptTypes(planted(readFileSync(new URL(file, DOMAIN), 'utf8'), file, bug)).replace(
    /(?<=from ')[^']+(?=')/g,
    (name) => copies[name] ?? (name.startsWith('.') ? new URL(name, DOMAIN).href : import.meta.resolve(name)),
  );
  const path = join(folder, file.replace('.ts', '.mjs'));
  writeFileSync(path, code);
  return pathToFileURL(path).href;
}

function planted(code: string, file: string, bug: PlantedBug | undefined): string {
  if (bug === undefined || bug.file !== file) return code;
  const found = code.split(bug.line).length - 1;
  if (found !== 1) throw new Error(`"${bug.line}" is ${found} times in ${file}, not once`);
  return code.replace(bug.line, () => bug.instead);
}
