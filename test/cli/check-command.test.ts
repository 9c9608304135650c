// `ucx-certs check` on files: the words people read, the codes scripts go by, and that no password is ever an argument.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { buy } from '../support/bought-certificates.ts';

const HOSTNAME = 'pbx.northwind.test';
const bought = buy([HOSTNAME], new Date());
let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
  writeFileSync(path('leaf.crt'), bought.leaf.der);
  writeFileSync(path('bundle.pem'), bought.keyPem + bought.intermediate.pem + bought.leaf.pem);
  writeFileSync(path('root.pem'), IMPORT_ROOT.pem);
  writeFileSync(path('letter.docx'), 'PK\x03\x04 no zip at all');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function check(words: readonly string[], input = '') {
  const said = { out: '', err: '' };
  const code = await main(['check', ...words], {
    env: {},
    write: (text) => {
      said.out += text;
    },
    complain: (text) => {
      said.err += text;
    },
    readInput: () => input,
  });
  return { code, ...said };
}

describe('ucx-certs check', () => {
  it('says that phones will connect, and ends with 0', async () => {
    const { code, out, err } = await check([path('bundle.pem'), '--hostname', HOSTNAME, '--roots', path('root.pem')]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Phones will connect.');
    expect(out).toContain(`chain       ${HOSTNAME}  <-  Bought Intermediate  <-  Bought Root`);
    expect(out).toContain('put in order');
    expect(out).not.toContain(bought.keyPem.split('\n')[1]);
  });

  it('says what is wrong and what helps, and ends with 1', async () => {
    const { code, out } = await check([path('leaf.crt'), '--hostname', 'other.test', '--json']);
    const { verdict, findings } = JSON.parse(out);
    expect([code, verdict]).toEqual([1, 'refused']);
    expect(findings.map((one: { code: string }) => one.code)).toEqual([
      'name-not-covered',
      'chain-incomplete',
      'key-not-given',
    ]);
  });

  it('opens what is encrypted with a password from standard input', async () => {
    const pfx = join(import.meta.dirname, '../fixtures/containers/rsa-aes256.p12');
    const pass =
      /^pass=(\S+)$/m.exec(readFileSync(join(pfx, '../make.sh'), 'utf8'))?.[1]?.replaceAll(/['"]/g, '') ?? '';
    const opened = await check([pfx, '--password-stdin'], `wrong\n${pass}\n`);
    expect([opened.code, opened.err]).toEqual([1, '']);
    expect(opened.out).toContain('RSA 2048, sent with it');
    const shut = await check([pfx]);
    expect([shut.code, shut.err.split(':')[0]]).toEqual([2, 'upload-password-needed']);
  });

  it.each([
    { what: 'what is no certificate', words: () => [path('letter.docx')], says: 'letter.docx' },
    { what: 'a file that is not there', words: () => [path('gone.pem')], says: 'cannot be read' },
    { what: 'no file', words: () => [], says: 'give FILES…' },
    { what: 'a hostname that is none', words: () => [path('leaf.crt'), '--hostname', 'a b'], says: '--hostname' },
    { what: 'a password as an argument', words: () => [path('leaf.crt'), '--password', 'x'], says: '--password' },
  ])('of $what it says so and ends with 2', async ({ words, says }) => {
    const { code, err } = await check(words());
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('runs as a program of its own', () => {
    const program = join(import.meta.dirname, '../../src/cli/ucx-certs.js');
    const words = ['check', path('bundle.pem'), '--hostname', HOSTNAME, '--roots', path('root.pem')];
    expect(execFileSync(process.execPath, [program, ...words], { encoding: 'utf8' })).toContain('Phones will connect.');
  });
});
