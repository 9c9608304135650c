// Which servers of a partner have not moved to its newest SSH key yet, and why.

import { serversPartition } from '../domain/inventory-key.ts';
import { adviceFor, isProblemCode } from '../domain/problem.ts';
import { nodesToMove, type Server, type ServerNode } from '../domain/server.ts';
import { type TimelineEntry, timelineKey } from './records.ts';
import type { Services } from './services.ts';
import { MOVE_STEPS, sshMove } from './ssh-key-records.ts';

export interface PendingMove {
  readonly hostname: string;
  readonly node: ServerNode;
}

export interface Stuck {
  readonly code: string;
  readonly message: string;
  /** When the step that meets it was first tried; ISO 8601. */
  readonly since: string;
}

type Needs = Pick<Services, 'inventory'>;

const PAGE = 100;

/** In the order of hostnames, a page of the inventory at a time; `next` is where the following page begins. */
export async function* pagesOfMoves(
  partner: string,
  keyId: string,
  { inventory }: Needs,
  from?: string | undefined,
): AsyncGenerator<{ readonly moves: readonly PendingMove[]; readonly next: string | undefined }> {
  for (let at = from; ; ) {
    const page = await inventory.list<Server>(serversPartition(partner), { limit: PAGE, from: at });
    const moves = page.items.flatMap(({ value }) =>
      nodesToMove(value, keyId).map((node) => ({ hostname: value.hostname, node })),
    );
    yield { moves, next: page.next };
    if (page.next === undefined) return;
    at = page.next;
  }
}

/** The problem its move stopped at; undefined where there is none (yet). */
export async function stuckAt(
  partner: string,
  generation: number,
  move: PendingMove,
  { inventory }: Needs,
): Promise<Stuck | undefined> {
  const { orderId, visit } = sshMove(partner, generation, move);
  const items = await Promise.all(MOVE_STEPS.map((name) => inventory.find(timelineKey(partner, orderId, name, visit))));
  const entry: TimelineEntry | undefined = items.map((item) => item?.value).find((one) => one?.state === 'problem');
  return entry?.problem && { ...entry.problem, since: entry.startedAt };
}

/** Nothing but a person mends it. */
export function needsPerson(stuck: Stuck | undefined): boolean {
  return stuck !== undefined && isProblemCode(stuck.code) && adviceFor(stuck.code).retry === 'never';
}
