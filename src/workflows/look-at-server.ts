// Somebody wants to know how a server stands: one look at a time, carried out from outside and inside, and its report kept.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { Problem, problemCode } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { isSameLook, type ServerLook } from '../domain/server-look.ts';
import type { LookInput } from '../steps/look-outside.ts';
import { lookKey, serverKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';
import { callStep } from './call-step.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock'>;

const ATTEMPTS = 5;

/**
 * Asked for again within a minute of the last one, or while it is under way, it is the same look; who asked for it and died before it was begun has it begun
 * by the next. `not-found` for a server that is not known.
 */
export async function acceptLook(partner: string, hostname: string, services: Needs): Promise<ServerLook> {
  const { inventory, clock, executions } = services;
  if ((await inventory.find(serverKey(partner, hostname))) === undefined)
    throw new Problem('not-found', `no server ${quoted(hostname)}`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const look = await noteLook();
      const input = lookRun(partner, hostname, look.askedAt);
      if (look.report?.askedAt !== look.askedAt) await executions.start('look-at-server', nameOf(input), input);
      return look;
    } catch (error) {
      if (problemCode(error) !== 'item-changed' || attempt === ATTEMPTS) throw error;
    }
  }

  async function noteLook(): Promise<ServerLook> {
    const now = clock.now();
    const key = lookKey(partner, hostname);
    const item = await inventory.find(key);
    if (item !== undefined && isSameLook(item.value, now)) return item.value;
    const look = { ...item?.value, askedAt: now.toISOString() };
    if (item !== undefined) await inventory.replace(item, look);
    else if ((await inventory.add(key, look)) === undefined)
      throw new Problem('item-changed', 'somebody else asked at the same moment');
    return look;
  }
}

/** Nobody's order, so its timeline is the server's. */
function lookRun(partner: string, hostname: string, askedAt: string): LookInput {
  return { partner, orderId: `LOOK#${hostname}`, visit: 1, hostname, askedAt };
}

/** 1 to 64 of `[A-Za-z0-9-_]` (Lambda): a hostname may be longer, so the moment and the tail of the name tell looks apart. */
function nameOf({ partner, hostname, askedAt }: LookInput): string {
  const tail = `${partner}-${hostname}`.replaceAll(/[^a-z0-9]/g, '-').slice(-40);
  return `look-${Date.parse(askedAt).toString(36)}-${tail}`;
}

/** One side after the other; a side that cannot be looked at is in the report as that. */
export async function lookAtServer(input: LookInput, ctx: DurableContext): Promise<{ readonly kept: boolean }> {
  const patience = { forSeconds: 60 };
  const outside = await callStep(ctx, 'look-outside', input, patience);
  const inside = await callStep(ctx, 'look-inside', input, patience);
  if (!outside.ok || !inside.ok) return { kept: false };
  const kept = await callStep(ctx, 'keep-report', { ...input, outside: outside.value, inside: inside.value }, patience);
  return { kept: kept.ok };
}
