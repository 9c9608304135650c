// Both templates before cfn-lint, which knows the schemas of CloudFormation and is nobody's of CDK. It comes with moto.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { motoFolder } from '../support/moto-place.ts';
import { templates } from './templates.ts';

/** CDK says some dependencies twice. */
const ignored = 'W3005';

/** Rule and place of each finding. */
async function findings(template: unknown): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-certs-lint-'));
  const file = join(folder, 'template.json');
  const bin = join(motoFolder(), 'bin');
  try {
    await writeFile(file, JSON.stringify(template));
    const args = [join(bin, 'cfn-lint'), '--format', 'json', '--ignore-checks', ignored, '--', file];
    // It ends with 0 only where it finds nothing; what it found is what it says.
    const { stdout } = await promisify(execFile)(join(bin, 'python3'), args, { maxBuffer: 16 * 2 ** 20 }).catch(
      (error: { readonly stdout?: string }) => {
        if (error.stdout?.startsWith('[') !== true) throw error;
        return { stdout: error.stdout };
      },
    );
    const found: readonly { readonly Rule: { readonly Id: string }; readonly Location: { readonly Path: unknown } }[] =
      JSON.parse(stdout === '' ? '[]' : stdout);
    return found.map(({ Rule, Location }) => `${Rule.Id} ${JSON.stringify(Location.Path)}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('cfn-lint', () => {
  const { stateTemplate, serviceTemplate } = templates();

  it('finds nothing in the state stack', async () => {
    expect(await findings(stateTemplate)).toEqual([]);
  });

  it('finds nothing in the service stack', async () => {
    expect(await findings(serviceTemplate)).toEqual([]);
  });

  it('would find a property that is none', async () => {
    const Bucket = { Type: 'AWS::S3::Bucket', Properties: { Versioned: true } };
    const [found] = await findings({ Resources: { Bucket } });
    expect(found).toMatch(/^E3002 .*Versioned/);
  });
});
