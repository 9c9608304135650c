// The table of functions says what the source does: its services, its names in the vault, its steps and its runs.

import { describe, expect, it } from 'vitest';
import {
  type FunctionName,
  type FunctionSpec,
  functions,
  reachesServers,
  stepFunctions,
  type triggerFunctions,
  type VaultThing,
  vaultThings,
  workflowFunctions,
} from '../../cdk/functions.ts';
import { callsOf, literalsIn, needsOf, stepsOfCatalogue, vaultPutsOf, vaultReadsOf } from './source-uses.ts';

interface Entry {
  readonly name: FunctionName;
  readonly file: string;
  readonly entry: string;
  readonly needs: readonly string[];
}

/** Ports whose use needs no right of AWS: they reach the internet, or compute. */
const WITHOUT_RIGHTS = [
  'authorities',
  'certificateFiles',
  'clock',
  'keyPairs',
  'log',
  'probes',
  'publicDns',
  'publishedIssuers',
  'renewalAdvice',
  'webhooks',
];

const triggers: Readonly<Record<Exclude<keyof typeof triggerFunctions, 'shape-token'>, readonly [string, string]>> = {
  api: ['src/api/app.ts', 'createApi'],
  'start-due-renewals': ['src/workflows/start-due-renewals.ts', 'startDueRenewals'],
  'deliver-events': ['src/workflows/deliver-events.ts', 'deliverEvents'],
  'sweep-stuck-orders': ['src/workflows/sweep-stuck-orders.ts', 'sweepStuckOrders'],
  'watch-bypasses': ['src/workflows/watch-bypasses.ts', 'watchBypasses'],
  'note-bounce': ['src/workflows/note-bounce.ts', 'noteBounce'],
};

const workflows: Readonly<Record<keyof typeof workflowFunctions, readonly [string, string]>> = {
  'fulfil-order': ['src/workflows/fulfil-order.ts', 'fulfilOrder'],
  'revoke-certificate': ['src/workflows/revoke-certificate.ts', 'revokeCertificate'],
  'roll-key': ['src/workflows/roll-key.ts', 'rollKey'],
  'look-at-server': ['src/workflows/look-at-server.ts', 'lookAtServer'],
};

const entries: readonly Entry[] = [
  ...[...stepsOfCatalogue()].map(([step, { file, name }]) => ({
    name: step as FunctionName,
    file,
    entry: name,
    needs: needsOf(file),
  })),
  ...Object.entries(triggers).map(([name, [file, entry]]) => ({
    name: name as FunctionName,
    file,
    entry,
    needs: needsOf(file, name === 'api' ? 'ApiServices' : 'Needs'),
  })),
];

/** Which things of the vault a field of the inventory refers to. */
const thingsBehind: Readonly<Record<string, readonly VaultThing[]>> = {
  'src/steps/open-authority.ts account.keyRef': ['accountKeys', 'laterAccountKeys'],
  'src/steps/roll-account-key.ts ref': ['accountKeys', 'laterAccountKeys'],
  'src/steps/place-acme-order.ts keyRef': ['leafKeys'],
  'src/steps/server-requests.ts keyRef': ['requestKeys'],
  'src/steps/adopt-certificate.ts chainRef': ['importedChains'],
  'src/steps/stage-certificate.ts keyRef': ['leafKeys', 'requestKeys', 'importedKeys'],
  'src/steps/stage-certificate.ts chainRef': ['chains', 'importedChains'],
  'src/steps/keep-certificate.ts work.chainRef': ['chains', 'importedChains'],
  // A certificate that was brought is its own authority's to revoke.
  'src/steps/revoke-leaf.ts work.chainRef': ['chains'],
  'src/steps/ready-leaf.ts work.value.chainRef': ['chains', 'importedChains'],
  'src/workflows/start-due-renewals.ts work.chainRef': ['chains'],
  'src/workflows/deliver-events.ts webhook.value.secretRef': ['webhookSecrets'],
};

describe('the table of functions', () => {
  it('has every step of the catalogue, and no other', () => {
    expect(Object.keys(stepFunctions).sort()).toEqual([...stepsOfCatalogue().keys()].sort());
  });

  it.each(entries)('$name asks of its services what its source asks', ({ name, file, entry, needs }) => {
    const allowed = [...needs, 'authority'];
    const asked = callsOf(file, entry).filter((call) => {
      const [port = ''] = call.split('.');
      return allowed.includes(port) && !WITHOUT_RIGHTS.includes(port) && !/\.(?:filter|map|includes|join)$/.test(call);
    });
    expect(withoutWorkflows(functions[name].uses)).toEqual(asked.filter((call) => !isOfAuthority(call)));
  });

  it.each(entries)('$name keeps in the vault and reads from it what its source does', ({ name, file, entry }) => {
    const { keeps = [], keepsOnce = [], reads = [], uses }: FunctionSpec = functions[name];
    const kept = [...keeps, ...keepsOnce].map((thing) => vaultThings[thing]);
    expect(kept.sort()).toEqual(vaultPutsOf(file, entry));
    expect([uses.includes('vault.put'), uses.includes('vault.putOnce')]).toEqual([
      keeps.length > 0,
      keepsOnce.length > 0,
    ]);
    const read = vaultReadsOf(file, entry).flatMap(
      (where): readonly string[] => thingsBehind[where] ?? [`unknown: ${where}`],
    );
    expect([...reads].sort()).toEqual([...new Set(read)].sort());
  });

  it.each(Object.entries(workflows))('%s calls the steps its source calls', (name, [file, entry]) => {
    const steps = Object.keys(stepFunctions);
    const called = literalsIn(file, entry, /callStep\(\s*ctx,\s*'([a-z-]+)'/g);
    expect(called.filter((step) => !steps.includes(step))).toEqual([]);
    expect(workflowFunctions[name as keyof typeof workflowFunctions].calls).toEqual(called);
  });

  it.each(Object.entries(triggers))('%s starts and asks for the runs its source does', (name, [file, entry]) => {
    const { uses }: FunctionSpec = functions[name as FunctionName];
    for (const verb of ['start', 'state']) {
      const runs = literalsIn(file, entry, new RegExp(`executions\\.${verb}\\('([a-z-]+)'`, 'g'));
      const told = uses.filter((use) => use.startsWith(`executions.${verb} `)).map((use) => use.split(' ')[1]);
      expect(told).toEqual(runs);
    }
  });

  it('lets only the steps that take `appliances` reach servers', () => {
    const reaching = entries.filter(({ needs }) => needs.includes('appliances')).map(({ name }) => name);
    expect(Object.keys(functions).filter((name) => reachesServers(functions[name as FunctionName]))).toEqual(reaching);
    expect(reaching).toContain('stage-certificate');
    expect(reaching).not.toContain('look-outside');
  });
});

function withoutWorkflows(uses: readonly string[]): readonly string[] {
  return [...new Set(uses.map((use) => use.split(' ')[0] ?? ''))].sort();
}

/** Of what is asked of an open authority only the making of an account needs a secret. */
function isOfAuthority(call: string): boolean {
  return call.startsWith('authority.') && call !== 'authority.ensureAccount';
}
