// For tests: where a run is ended the way a Lambda is, in the middle of its code.

import type { OperationRecord } from './operation-record.ts';

/**
 * - `begun`: the operation's start is on the disk, the workflow does not know yet.
 * - `done`: the work of a step or of an invoked function is done, nothing of it is on the disk: it will be done again.
 * - `noted`: the operation's end is on the disk, the workflow does not know yet.
 */
export interface CutMoment {
  readonly kind: 'begun' | 'done' | 'noted';
  readonly execution: string;
  readonly operation: OperationRecord;
}

/** Answers true to end the process's part in the run at this moment. It must not always do so, or the run never ends. */
export type Cut = (moment: CutMoment) => boolean;

/** Once after every operation that ended: between every two steps. */
export function cutAfterEachStep(): Cut {
  return onceEach(({ kind }) => kind === 'noted');
}

/** Once inside every step and invoked function: between its effect and its note. */
export function cutInsideEachStep(): Cut {
  return onceEach(({ kind }) => kind === 'done');
}

/** Once at every moment there is. */
export function cutEverywhere(): Cut {
  return onceEach(() => true);
}

function onceEach(wanted: Cut): Cut {
  const seen = new Set<string>();
  return (moment) => {
    const key = `${moment.kind} ${moment.execution} ${moment.operation.id}`;
    if (seen.has(key) || !wanted(moment)) return false;
    seen.add(key);
    return true;
  };
}
