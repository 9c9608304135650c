// What every bundle promises: it loads without a word, holds and weighs what docs/lambdas.md says, and a step answers when AWS does not.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functions, reachesServers, stepFunctions } from '../../cdk/functions.ts';
import { readStage } from '../../cdk/stage-settings.ts';
import { settings } from '../../lambdas/settings.ts';
import { type BundleProcess, type Bundles, makeBundles, openBundle } from './bundles.ts';

/** Packages that say what a function can do; the others come with them. */
export const NOTABLE = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-lambda',
  '@aws-sdk/client-route-53',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sesv2',
  '@aws/durable-execution-sdk-js',
  '@peculiar/x509',
  'acme-client',
  'dns-packet',
  'hono',
  'node-forge',
  'nodemailer',
  'ssh2',
  'temporal-polyfill',
  'zod',
];

const MAX_ZIPPED_BYTES = 1_000_000;
const AT_ONCE = 4;

/** Nobody listens on port 1; where a test wants more it says so. */
const environment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  ...Object.fromEntries(Object.values(settings).map((name) => [name, name === 'EGRESS_ADDRESS' ? '' : 'test'])),
};

export function bundlePromises(names: readonly FunctionName[]): void {
  let bundles: Bundles;
  const open = new Map<FunctionName, BundleProcess>();

  beforeAll(async () => {
    bundles = makeBundles(readStage('example'), names);
    const waiting = [...names];
    const openNext = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
        open.set(name, await openBundle(bundles.folderOf(name), { environment }));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, openNext));
  }, 180_000);

  afterAll(async () => {
    await Promise.all([...open.values()].map((one) => one.close()));
  });

  describe('the bundles', () => {
    it('load, and write nothing', () => {
      expect([...open.keys()].sort()).toEqual([...names].sort());
      expect([...open].filter(([, one]) => one.log() !== '').map(([name, one]) => `${name}: ${one.log()}`)).toEqual([]);
    });

    it('hold what docs/lambdas.md says, and weigh no more', () => {
      const page = readFileSync(new URL('../../docs/lambdas.md', import.meta.url), 'utf8');
      const rows = new Map([...page.matchAll(/^\| `([a-z-]+)` \| (.*) \| (\d+) \|$/gm)].map((row) => [row[1], row]));
      expect([...rows.keys()].sort()).toEqual(Object.keys(functions).sort());
      for (const name of names) {
        const [, , packages = '', most = ''] = rows.get(name) ?? [];
        const held = bundles.packagesOf(name).filter((one) => NOTABLE.includes(one));
        expect(`${name}: ${packages.replaceAll('`', '')}`).toBe(`${name}: ${held.map(short).join(', ') || '–'}`);
        const kilobytes = bundles.zippedBytes(name) / 1_000;
        expect(kilobytes, name).toBeLessThanOrEqual(Number(most));
        expect(kilobytes, `${name} has become lighter`).toBeGreaterThan(Number(most) / 2);
      }
    });

    it('are none over 1 MB zipped', () => {
      expect(names.filter((name) => bundles.zippedBytes(name) > MAX_ZIPPED_BYTES)).toEqual([]);
    });

    it('hold no HTTP framework in a step, and SSH only where servers are reached', () => {
      const holding = (one: string) => names.filter((name) => bundles.packagesOf(name).includes(one));
      expect(holding('hono')).toEqual(names.filter((name) => name === 'api'));
      expect(holding('node-forge')).toEqual(names.filter((name) => name === 'api'));
      expect(holding('ssh2').sort()).toEqual(
        names.filter((name) => uses(name).some((use) => /^(?:appliances|serverKeys)\./.test(use))).sort(),
      );
      expect(holding('@aws-sdk/client-s3').sort()).toEqual(
        names
          .filter((name) => uses(name).some((use) => use.startsWith('vault.')) || reachesServers(functions[name]))
          .sort(),
      );
      expect(holding('nodemailer').sort()).toEqual(names.filter((name) => uses(name).includes('mail.send')).sort());
      expect(names.flatMap((name) => bundles.packagesOf(name)).filter((one) => /axios|dynalite/.test(one))).toEqual([]);
    });

    it.each(names.filter((name) => Object.hasOwn(stepFunctions, name)))(
      '%s says when the inventory does not answer',
      async (name) => {
        const input = { partner: 'emetrotel', orderId: 'o1', visit: 1 };
        const answer = await open.get(name)?.invoke(input);
        expect(answer).toMatchObject({ kind: 'problem', problem: { code: 'inventory-unavailable', retry: 'later' } });
        const [line = ''] = open.get(name)?.log().split('\n') ?? [];
        expect(JSON.parse(line)).toMatchObject({
          message: 'step met a problem',
          code: 'inventory-unavailable',
          step: name,
        });
      },
    );
  });
}

function uses(name: FunctionName): readonly string[] {
  return functions[name].uses;
}

function short(name: string): string {
  return name.replace('@aws-sdk/client-', '');
}
