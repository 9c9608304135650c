// A new file is whole, for its owner alone, and never in another's place.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoOf, placeNewFile } from '../../src/adapters/files/durable-file.ts';
import { testFolder } from '../support/storage.ts';

describe('placeNewFile', () => {
  it('places one file of mode 0600 with all its content', async () => {
    const folder = await testFolder();
    const path = join(folder, 'placed');
    await placeNewFile({
      path,
      unfinished: join(folder, 'unfinished'),
      content: [Buffer.from('a\n'), Buffer.from('b')],
    });
    expect(await readFile(path, 'utf8')).toBe('a\nb');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['placed']);
  });

  it('leaves a file that stands at the path alone, and nothing behind', async () => {
    const folder = await testFolder();
    const path = join(folder, 'placed');
    await writeFile(path, 'first');
    const placing = placeNewFile({ path, unfinished: join(folder, 'unfinished'), content: [Buffer.from('second')] });
    expect(await placing.catch(errnoOf)).toBe('EEXIST');
    expect(await readFile(path, 'utf8')).toBe('first');
    expect(await readdir(folder)).toEqual(['placed']);
  });

  it('knows an error of the file system from another', () => {
    expect(errnoOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(errnoOf(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
    expect(errnoOf('ENOENT')).toBeUndefined();
  });
});
