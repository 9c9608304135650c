// What comes by at intervals on one machine, where rules of EventBridge come by on AWS.

import type { Log } from '../ports/log.ts';
import type { WorkUnderWay } from './work-under-way.ts';

export interface Schedule {
  readonly name: string;
  readonly everyMs: number;
  /** `now` is the moment it was due. */
  readonly run: (now: Date) => Promise<unknown>;
}

/** Each begins at once and never overlaps itself; a run that fails is logged and the next one comes. Answers how to stop them. */
export function beginSchedules(schedules: readonly Schedule[], underWay: WorkUnderWay, log: Log): () => void {
  const timers = schedules.map(({ name, everyMs, run }) => {
    let isRunning = false;
    const comeBy = (): void => {
      if (isRunning) return;
      isRunning = true;
      void underWay
        .watch(run(new Date()))
        .catch((error) => log.error('schedule failed', { schedule: name, error: String(error) }))
        .finally(() => {
          isRunning = false;
        });
    };
    comeBy();
    return setInterval(comeBy, everyMs);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
