// Notices that certificate or key on disk are other ones than before, as an Erlang with a fresh PEM cache does.

import type { SetOnDisk } from './service-files.ts';

const LOOK_EVERY_MS = 20;

export interface FileWatch {
  /** May throw: then the files cannot be read now. */
  readonly read: () => SetOnDisk;
  /** What was read at the start. */
  readonly started: SetOnDisk;
  /** How long files must be other ones before they count; undefined while nobody looks. */
  readonly afterMs: () => number | undefined;
  /** Undefined when they cannot be read. */
  readonly changed: (files: SetOnDisk | undefined) => void;
}

/** Until the timer it answers is cleared. */
export function watchFiles({ read, started, afterMs, changed }: FileWatch): NodeJS.Timeout {
  let taken = content(started);
  let otherSince: number | undefined;
  const timer = setInterval(() => {
    const after = afterMs();
    if (after === undefined) return;
    const files = readIfReadable(read);
    if (content(files) === taken) {
      otherSince = undefined;
      return;
    }
    otherSince ??= performance.now();
    if (performance.now() - otherSince < after) return;
    taken = content(files);
    otherSince = undefined;
    changed(files);
  }, LOOK_EVERY_MS);
  return timer.unref();
}

function readIfReadable(read: () => SetOnDisk): SetOnDisk | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function content(files: SetOnDisk | undefined): string | undefined {
  return files && `${files.certfilePem}\n${files.keyPem}`;
}
