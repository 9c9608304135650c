// The activation script with a cut in it: behind any line, the first, second or third time it is passed.

import { spawnSync } from 'node:child_process';
import type { ActivationScripts } from '../../src/adapters/ssh/activation-scripts.ts';

export type ScriptName = keyof ActivationScripts;

/** `kill`: the script dies there. `reboot`: the server does. `cut`: the SSH connection ends, the script lives on. */
export type CutKind = 'kill' | 'reboot' | 'cut';

export interface Cut {
  readonly script: ScriptName;
  /** Counted from 1; the cut is behind it. */
  readonly line: number;
  /** 1 to 3: which time. */
  readonly pass: number;
  readonly kind: CutKind;
}

export interface Line {
  readonly script: ScriptName;
  readonly line: number;
}

const DEEDS: Readonly<Record<CutKind, string>> = {
  kill: 'kill -9 $$',
  reboot: '{ reboot-now; sleep 30; }',
  cut: 'cut-ssh',
};

/** The line before keeps its exit code: many functions answer with that of their last line. */
function insertion(deed: string): string {
  return `ucx_code=$?; ${deed}; ucx_keep $ucx_code`;
}

const KEEP = 'ucx_keep() { return "$1"; }';

/**
 * Fires once, when the folder `armed` stands; `armed/1` and `armed/2` are used up first, one a pass. A folder, because removing one succeeds
 * for exactly one process.
 */
export function cutScripts(scripts: ActivationScripts, cut: Cut, armed: string): ActivationScripts {
  const fire = `rmdir "${armed}/2" || rmdir "${armed}/1" || { rmdir "${armed}" && ${DEEDS[cut.kind]}; }`;
  const deed = `[ ! -d "${armed}" ] || { ${fire}; } 2>/dev/null`;
  return withKeep({ ...scripts, [cut.script]: inserted(scripts[cut.script], new Map([[cut.line, deed]])) });
}

/** Every line that is passed leaves a file `<script>:<line>` in the folder. */
export function tracedScripts(scripts: ActivationScripts, lines: readonly Line[], folder: string): ActivationScripts {
  const traced = (script: ScriptName) => {
    const own = lines.filter((line) => line.script === script);
    return inserted(
      scripts[script],
      new Map(own.map(({ line }) => [line, `[ ! -d "${folder}" ] || echo >>"${folder}/${script}:${line}"`])),
    );
  };
  return withKeep({ 'activate.sh': traced('activate.sh'), 'exchange.sh': traced('exchange.sh') });
}

/** Lines that do nothing: empty, a comment, or the end of a definition; between two of those a cut is no other cut. */
const IDLE_LINE = /^(\s*|\s*#.*|\}|[a-z_]+\(\) \{.*\})$/;

/** Where something can be put behind a line that does something, and it is still a script. */
export function lineEnds(scripts: ActivationScripts): readonly Line[] {
  return (['activate.sh', 'exchange.sh'] as const).flatMap((script) => {
    const lines = scripts[script].split('\n');
    const numbers = lines.flatMap((text, at) => (IDLE_LINE.test(text) ? [] : [at + 1]));
    return numbers
      .filter((line) => isScript(inserted(scripts[script], new Map([[line, ':']]))))
      .map((line) => ({ script, line }));
  });
}

function isScript(text: string): boolean {
  return spawnSync('sh', ['-n'], { input: text }).status === 0;
}

function inserted(text: string, deeds: ReadonlyMap<number, string>): string {
  const lines = text.split('\n').flatMap((line, at) => {
    const deed = deeds.get(at + 1);
    return deed === undefined ? [line] : [line, insertion(deed)];
  });
  return lines.join('\n');
}

function withKeep(scripts: ActivationScripts): ActivationScripts {
  return { ...scripts, 'activate.sh': scripts['activate.sh'].replace('\n', `\n${KEEP}\n`) };
}
