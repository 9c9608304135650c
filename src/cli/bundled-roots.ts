// The roots Node brings along (Mozilla's), kept in a file after the first time: loading TLS for them would take longer than the whole command.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM texts. `folder`: where nobody but the owner of the program writes; whatever is not possible there only costs time. */
export async function bundledRoots(folder: string): Promise<readonly string[]> {
  const file = join(folder, `roots-${process.version}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    const { rootCertificates } = await import('node:tls');
    keep(folder, file, rootCertificates);
    return rootCertificates;
  }
}

/** Whole or not at all: another process may be reading. */
function keep(folder: string, file: string, roots: readonly string[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify(roots));
    renameSync(fresh, file);
  } catch {
    // read-only: the next time takes as long as this one
  }
}
