// A source map without the lines of packages still leads to the very line of ours, read by Node's own reader.

import { SourceMap } from 'node:module';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { withoutMappingsOf } from '../../cdk/source-map.ts';

const UNWANTED = /\/node_modules\//;

function bundled(): { readonly code: string; readonly map: string } {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { judgeAddress } from './src/domain/public-address.ts';\nexport function ours(text) {\n  return judgeAddress(text).ok;\n}\n`,
      resolveDir: new URL('../..', import.meta.url).pathname,
      sourcefile: 'entry.js',
    },
    outdir: '/out',
    bundle: true,
    platform: 'node',
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    write: false,
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { code: textOf('.js'), map: textOf('.map') };
}

describe('a source map without packages', () => {
  const { code, map } = bundled();
  const [before, after] = [map, withoutMappingsOf(UNWANTED, map)].map((text) => new SourceMap(JSON.parse(text)));
  const places = code.split('\n').flatMap((text, line) => [...text].map((_, column) => [line, column] as const));
  const originOf = (of: SourceMap | undefined, line: number, column: number) => {
    const { originalSource, originalLine, originalColumn } = Object(of?.findEntry(line, column));
    return originalSource === undefined ? undefined : `${originalSource} ${originalLine}:${originalColumn}`;
  };

  it('says of every place of ours what it said before, and of the others nothing', () => {
    expect(places.length).toBeGreaterThan(10_000);
    let ours = 0;
    const changed = places.filter(([line, column]) => {
      const was = originOf(before, line, column);
      const isOurs = was !== undefined && !UNWANTED.test(was);
      ours += isOurs ? 1 : 0;
      return originOf(after, line, column) !== (isOurs ? was : undefined);
    });
    expect(changed).toEqual([]);
    expect(ours).toBeGreaterThan(500);
  });

  it('is a fraction of the size', () => {
    expect(withoutMappingsOf(UNWANTED, map).length).toBeLessThan(map.length / 2);
  });
});
