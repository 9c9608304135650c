// Small parts of the wiring: the settings of a stage in the service's words, names of steps as functions, when a schedule was due.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { afterEach, describe, expect, it } from 'vitest';
import { readStage } from '../../cdk/stage-settings.ts';
import { withLiveSteps } from '../../lambdas/live-steps.ts';
import { dueAt } from '../../lambdas/scheduled.ts';
import { settings } from '../../lambdas/settings.ts';
import { settingsOf } from '../../lambdas/wiring/service-settings.ts';
import type { Stage } from '../../lambdas/wiring/stage.ts';

afterEach(() => {
  for (const name of Object.values(settings)) delete process.env[name];
});

describe('the settings of a stage', () => {
  const stage: Stage = readStage('example');

  it('are those of the service', () => {
    const known = settingsOf(stage);
    expect(known).toMatchObject({
      grants: { emetrotel: ['pbx.example.net'] },
      delegationZone: 'challenges.pbx.example.net',
      opsAddresses: ['ops@example.net'],
      mailAddress: 'certificates@example.net',
      mailDomain: 'example.net',
      publicKeys: {},
      restartsAtOnce: {},
    } satisfies Partial<typeof known>);
    expect(known.profiles['ucx-ssh']).toMatchObject({ id: 'ucx-ssh', account: 'ucx-certs', sshPort: 22 });
    expect(known.roots.length).toBeGreaterThan(100);
  });

  it('read addresses when they are asked for, and say which is missing', () => {
    const known = settingsOf(stage);
    expect(() => known.linkBase).toThrow('LINK_BASE');
    process.env.LINK_BASE = 'https://certificates.example.net';
    process.env.EGRESS_ADDRESS = '';
    expect([known.linkBase, known.egress]).toEqual(['https://certificates.example.net', []]);
    process.env.EGRESS_ADDRESS = '198.51.100.9';
    expect(known.egress).toEqual(['198.51.100.9']);
  });
});

describe('a run on AWS', () => {
  it('calls steps as functions of its stage, under their labels, and all else as it is', async () => {
    process.env.PREFIX = 'ucx-certs-dev';
    const calls: unknown[][] = [];
    class Context {
      readonly #waits: unknown[] = [];
      invoke(...args: unknown[]): string {
        calls.push(args);
        return 'invoked';
      }
      wait(...args: unknown[]): number {
        return this.#waits.push(args);
      }
    }
    const ctx = withLiveSteps(new Context() as unknown as DurableContext);
    expect(await ctx.invoke('place-acme-order 1.1', 'place-acme-order', { visit: 1 })).toBe('invoked');
    expect(calls).toEqual([['place-acme-order 1.1', 'ucx-certs-dev-place-acme-order:live', { visit: 1 }]]);
    expect(await ctx.wait('pause', { seconds: 1 })).toBe(1);
  });
});

describe('a schedule', () => {
  it('says when it was due', () => {
    expect(dueAt({ time: '2026-11-26T12:00:00Z' })).toEqual(new Date('2026-11-26T12:00:00Z'));
  });

  it.each([{}, { time: '' }, { time: '<aws.scheduler.scheduled-time>' }, { time: 1_795_694_400_000 }])(
    'that does not is a mistake: %j',
    (event) => {
      expect(() => dueAt(event as { time: string })).toThrow('when it was due');
    },
  );
});
