// A contract over moto is worth something: with one line of an adapter wrong, the test that is about it fails.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { PlantedLine } from '../../support/planted.config.ts';
import { testFolder } from '../../support/storage.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

const bugs: readonly (PlantedLine & { readonly what: string; readonly seenBy: string })[] = [
  {
    what: 'a vault that writes once without a condition',
    file: 'src/adapters/aws/s3-vault.ts',
    line: "{ IfNoneMatch: '*' }",
    instead: '{}',
    tests: 'test/adapters/aws/s3-vault.peers.ts',
    seenBy: 'puts once, and answers what stands ever after',
  },
  {
    what: 'a vault that reads the newest version',
    file: 'src/adapters/aws/s3-vault.ts',
    line: '        const input = { Bucket: this.#options.bucket, Key: ref.name, VersionId: ref.version };',
    instead: '        const input = { Bucket: this.#options.bucket, Key: ref.name };',
    tests: 'test/adapters/aws/s3-vault.peers.ts',
    seenBy: 'keeps every version under its own reference',
  },
  {
    what: 'zones that lose the other values',
    file: 'src/adapters/aws/route53-zones.ts',
    line: '[...(standing?.values ?? []), quotedTxt(value)]',
    instead: '[quotedTxt(value)]',
    tests: 'test/adapters/aws/route53-zones.peers.ts',
    seenBy: 'keeps values somebody else put there, whatever they hold',
  },
  {
    what: 'zones that take the shortest zone',
    file: 'src/adapters/aws/hosted-zones.ts',
    line: 'b.name.length - a.name.length',
    instead: 'a.name.length - b.name.length',
    tests: 'test/adapters/aws/route53-zones.peers.ts',
    seenBy: 'finds that the zone of lab.northwind.test is lab.northwind.test',
  },
  {
    what: 'an inventory that adds over what stands',
    file: 'src/adapters/aws/dynamodb-inventory.ts',
    line: "'attribute_not_exists(pk)'",
    instead: "'attribute_not_exists(never)'",
    tests: 'test/adapters/aws/dynamodb-inventory.peers.ts',
    seenBy: 'as Inventory',
  },
  {
    what: 'publications under a new reference each time',
    file: 'src/adapters/aws/acm-publications.ts',
    line: '{ CertificateArn: arn })',
    instead: '{ Tags: [] })',
    tests: 'test/adapters/aws/acm-publications.peers.ts',
    seenBy: 'lets a renewed certificate take the place of the one before',
  },
];

it.each(bugs)('finds $what', async ({ what: _, seenBy, ...bug }) => {
  const report = join(await testFolder(), 'report.json');
  const run = spawnSync(
    process.execPath,
    [
      join(project, 'node_modules/vitest/vitest.mjs'),
      ...[
        'run',
        '--config',
        'test/support/planted.config.ts',
        '--root',
        project,
        '--reporter',
        'json',
        '--outputFile',
        report,
      ],
    ],
    {
      cwd: project,
      env: { ...process.env, PLANTED_BUG: JSON.stringify(bug), NO_COLOR: '1' },
      encoding: 'utf8',
      timeout: 110_000,
    },
  );
  expect([run.status, run.stderr]).toEqual([1, expect.not.stringContaining('not once')]);
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(tests.filter(({ status }) => status === 'passed')).not.toEqual([]);
  expect(tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)).toContainEqual(
    expect.stringContaining(seenBy),
  );
});

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}
