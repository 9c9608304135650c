// A partner's servers are moved to another SSH key: begun once however often it is asked for, and carried out until every server has moved.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { Problem, problemCode } from '../domain/problem.ts';
import { authorizedKeyLines } from '../domain/server-account.ts';
import { rotationName, rotationToBegin, type SshRotation } from '../domain/ssh-rotation.ts';
import type { Services } from '../steps/services.ts';
import { type RotationInput, type SshKeys, sshKeysKey, sshMove, startRotation } from '../steps/ssh-key-records.ts';
import type { PendingMove } from '../steps/ssh-moves.ts';
import { type Called, callStep } from './call-step.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock' | 'settings'>;

const ATTEMPTS = 5;
/** Servers worked on at the same time. */
const AT_ONCE = 5;
/** One attempt a round: who is away is tried again in the next. */
const ONCE = { forSeconds: 0 };

/**
 * Idempotent as `rotationToBegin` says. `profile-unknown` where no key or no egress address is set for the partner: nothing could be put on a server then.
 */
export async function acceptRotation(
  partner: string,
  asked: { readonly replaces?: number | undefined },
  services: Needs,
): Promise<SshKeys> {
  const { inventory, clock, settings } = services;
  const publicKeys = settings.publicKeys?.[partner] ?? [];
  if (publicKeys.length === 0) throw new Problem('profile-unknown', `no public SSH key is set for "${partner}"`);
  demandEgress(publicKeys, settings);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const before = await inventory.find(sshKeysKey(partner));
      const keys = before?.value ?? { keys: [] };
      const state = {
        rotation: keys.rotation,
        newest: keys.keys.at(-1)?.generation ?? 1,
        execution: await executionOf(partner, keys.rotation, services),
      };
      const rotation = rotationToBegin(state, { ...asked, at: clock.now() });
      const value = { ...keys, rotation };
      if (before === undefined) {
        if ((await inventory.add(sshKeysKey(partner), value)) === undefined)
          throw new Problem('item-changed', 'somebody else asked at the same moment');
      } else if (rotation !== keys.rotation) await inventory.replace(before, value);
      if (rotation.endedAt === undefined) await startRotation(partner, rotation, services);
      return value;
    } catch (error) {
      if (problemCode(error) !== 'item-changed' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Of the part at work; undefined where there is none. */
export async function executionOf(
  partner: string,
  rotation: SshRotation | undefined,
  { executions }: Pick<Services, 'executions'>,
): Promise<Awaited<ReturnType<Services['executions']['state']>> | undefined> {
  if (rotation === undefined || rotation.endedAt !== undefined) return undefined;
  return await executions.state('rotate-ssh-key', rotationName(partner, rotation));
}

/** One part of it. Fails, to be seen and asked for again, where the key cannot be drawn or the fleet not be read for a day. */
export async function rotateSshKey(input: RotationInput, ctx: DurableContext): Promise<{ readonly over: boolean }> {
  const { rotation } = input;
  const drawn = demand(await callStep(ctx, 'draw-ssh-key', input));
  if (drawn.superseded) return { over: true };
  const listed = demand(await callStep(ctx, 'list-ssh-moves', input));
  if (listed.superseded) return { over: true };
  await ctx.map(
    'servers',
    [...listed.moves],
    async (inner: DurableContext, move: PendingMove) => await moveServer(input, move, inner),
    { maxConcurrency: AT_ONCE },
  );
  const part = rotation.part + 1;
  if (listed.next !== undefined) {
    demand(await callStep(ctx, 'begin-ssh-part', { ...input, next: { ...rotation, part, from: listed.next } }));
    return { over: false };
  }
  const { pauseSeconds } = demand(await callStep(ctx, 'end-ssh-round', input));
  if (pauseSeconds === undefined) return { over: true };
  await ctx.wait('before the next round', { seconds: pauseSeconds });
  const next = { ...rotation, part, round: rotation.round + 1, from: undefined };
  demand(await callStep(ctx, 'begin-ssh-part', { ...input, next }));
  return { over: false };
}

/** What it stops at stands in the server's timeline. */
async function moveServer(
  { partner, rotation }: RotationInput,
  move: PendingMove,
  ctx: DurableContext,
): Promise<{ readonly moved: boolean }> {
  const input = sshMove(partner, rotation.generation, move);
  const admitted = await callStep(ctx, 'admit-ssh-key', input, ONCE);
  if (!admitted.ok) return { moved: false };
  const proven = await callStep(ctx, 'prove-ssh-key', input, ONCE);
  if (!proven.ok) return { moved: false };
  return { moved: (await callStep(ctx, 'retire-ssh-key', input, ONCE)).ok };
}

function demand<Value>(called: Called<Value>): Value {
  if (called.ok) return called.value;
  throw new Error(`${called.problem.step}: ${called.problem.code}: ${called.problem.message}`);
}

/** As each server would be told; a port stands for any. */
function demandEgress(publicKeys: readonly string[], { egress = [] }: Services['settings']): void {
  const anywhere = { hostname: '', account: '', stagingFolder: '', serviceGroup: undefined, sslConf: '', commands: [] };
  authorizedKeyLines({ ...anywhere, publicKeys, egress, loopbackPorts: [443] });
}
