// The roots on file are Node's own, and a file that is damaged or cannot be written changes nothing.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, it } from 'vitest';
import { bundledRoots } from '../../src/cli/bundled-roots.ts';

it('are the same from Node, from the file, after damage, and where nothing can be written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roots-'));
  try {
    expect(await bundledRoots(join(folder, 'cache'))).toEqual([...rootCertificates]);
    const [file = ''] = readdirSync(join(folder, 'cache'));
    expect(file).toBe(`roots-${process.version}.json`);
    expect(await bundledRoots(join(folder, 'cache'))).toEqual([...rootCertificates]);
    writeFileSync(join(folder, 'cache', file), '["-----BEG');
    expect(await bundledRoots(join(folder, 'cache'))).toEqual([...rootCertificates]);
    writeFileSync(join(folder, 'file'), '');
    expect(await bundledRoots(join(folder, 'file'))).toEqual([...rootCertificates]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
