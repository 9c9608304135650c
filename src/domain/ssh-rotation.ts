// The rotation of a partner's SSH key over its servers: which one is asked for, how long it goes on, what its executions are called.

import { Problem } from './problem.ts';

/** One key for all servers of a partner; all moments are ISO 8601. */
export interface SshRotation {
  /** Of the key that servers move to; 1 is the one the partner began with. */
  readonly generation: number;
  /** Grows when it is asked for again after it broke off or left servers behind. */
  readonly run: number;
  readonly askedAt: string;
  /** The execution at work: each has 3,000 operations (Lambda quota), so a fleet takes several, one after the other. */
  readonly part: number;
  /** How often the fleet is gone through, this time included. */
  readonly round: number;
  /** Where this part begins; absent = with the first server. */
  readonly from?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Nodes that had not moved when it ended. */
  readonly left?: number | undefined;
}

/** Pauses between two rounds over the servers that are left, in seconds; then always the last. */
const PAUSE_SECONDS: readonly number[] = [300, 900, 3_600, 4 * 3_600, 8 * 3_600];

/** So long a server that is away is tried again; ours to choose. */
export const ROTATION_DAYS = 7;

/** How long to wait before the next round; undefined = it is over, and a person has to look after those that are left. */
export function pauseBeforeRound(rotation: SshRotation, now: Date): number | undefined {
  const days = (now.getTime() - new Date(rotation.askedAt).getTime()) / 86_400_000;
  if (days >= ROTATION_DAYS) return undefined;
  return PAUSE_SECONDS[rotation.round - 1] ?? PAUSE_SECONDS.at(-1);
}

/** 1 to 64 of `[A-Za-z0-9-_]` (Lambda); a partner has 40 at most. */
export function rotationName(partner: string, { generation, run, part }: SshRotation): string {
  return `ssh-${partner}-${generation}-${run}-${part}`;
}

export interface RotationState {
  readonly rotation: SshRotation | undefined;
  /** Of the newest key; 1 while none was drawn. */
  readonly newest: number;
  /** How the execution at work stands; undefined where there is no rotation. */
  readonly execution: 'absent' | 'running' | 'succeeded' | 'failed' | 'stopped' | undefined;
}

/**
 * What asking for it means now. Nothing named: a rotation that is not complete goes on, else there is a new one. `replaces` names the generation that shall go:
 * asked twice it is one rotation, and one that is stuck at a dead server does not keep the next from being drawn. A generation that is not there yet is `bad-request`.
 */
export function rotationToBegin(
  { rotation, newest, execution }: RotationState,
  asked: { readonly at: Date; readonly replaces?: number | undefined },
): SshRotation {
  const latest = Math.max(rotation?.generation ?? 1, newest);
  const { replaces } = asked;
  if (replaces !== undefined && replaces > latest)
    throw new Problem('bad-request', `there is no key ${replaces}; the newest is ${latest}`, { field: 'replaces' });
  const fresh = { run: 1, part: 1, round: 1, askedAt: asked.at.toISOString() };
  if (rotation === undefined) return { ...fresh, generation: latest + 1 };
  const isComplete = rotation.endedAt !== undefined && rotation.left === 0;
  const isNew = replaces === undefined ? isComplete : replaces === latest && newest === latest;
  if (isNew) return { ...fresh, generation: latest + 1 };
  if (isComplete) return rotation;
  const goesOn = rotation.endedAt === undefined && (execution === 'running' || execution === 'absent');
  return goesOn ? rotation : { ...fresh, generation: rotation.generation, run: rotation.run + 1 };
}
