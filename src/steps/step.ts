// How every step runs: its problems become values, and the order's timeline says what it did.

import { adviceFor, Problem, problemCode } from '../domain/problem.ts';
import { type TimelineEntry, timelineKey } from './records.ts';
import type { Services } from './services.ts';

/** What every step is told; `visit` tells two calls of the same step in one order apart. */
export interface StepInput {
  readonly partner: string;
  readonly orderId: string;
  readonly visit: number;
}

export interface StepProblem {
  readonly code: string;
  readonly message: string;
  readonly retry: 'never' | 'later';
}

/** JSON, and without secrets: it can be read back through the history of the execution. */
export type StepResult<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'waiting'; readonly why: string; readonly retryAfterMs: number }
  | { readonly kind: 'problem'; readonly problem: StepProblem; readonly retryAfterMs?: number };

/** What the body of a step answers: its value with a sentence for the timeline, or that the world is not ready yet. */
export type Progress<Value> =
  | { readonly kind: 'done'; readonly value: Value; readonly summary: string }
  | { readonly kind: 'waiting'; readonly why: string; readonly retryAfterMs: number };

export type StepNeeds = Pick<Services, 'inventory' | 'clock' | 'log'>;

export type Step<Input extends StepInput, Value, Needs> = (input: Input, services: Needs) => Promise<StepResult<Value>>;

export function done<Value>(value: Value, summary: string): Progress<Value> {
  return { kind: 'done', value, summary };
}

export function waiting(why: string, retryAfterMs: number): Progress<never> {
  return { kind: 'waiting', why, retryAfterMs };
}

/** Anything that is not a `Problem` is a bug: it goes up with its stack, and the execution fails loudly. */
export function step<Input extends StepInput, Value, Needs extends StepNeeds>(
  name: string,
  body: (input: Input, services: Needs) => Promise<Progress<Value>>,
): Step<Input, Value, Needs> {
  return async (input, services) => {
    try {
      const entry = await begin(name, input, services);
      const progress = await body(input, services);
      if (progress.kind === 'waiting') {
        await note(name, input, services, { ...entry, state: 'waiting', summary: progress.why });
        return progress;
      }
      await note(name, input, services, { ...ended(entry, services), state: 'done', summary: progress.summary });
      services.log.info('step done', { step: name, orderId: input.orderId, visit: input.visit });
      return { kind: 'done', value: progress.value };
    } catch (error) {
      return await asValue(name, input, services, error);
    }
  };
}

async function asValue(
  name: string,
  input: StepInput,
  services: StepNeeds,
  error: unknown,
): Promise<Extract<StepResult<never>, { readonly kind: 'problem' }>> {
  const code = problemCode(error);
  if (code === undefined || !(error instanceof Error)) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    services.log.error('step failed without a problem code', { step: name, orderId: input.orderId, error: said });
    throw error;
  }
  const problem = { code, message: error.message, retry: adviceFor(code).retry };
  services.log.warn('step met a problem', { step: name, orderId: input.orderId, code, problem: error.message });
  await noteProblem(name, input, services, problem);
  const retryAfterMs = error instanceof Problem ? error.retryAfterMs : undefined;
  return { kind: 'problem', problem, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The problem may be that nothing can be written just now; then the answer alone says so. */
async function noteProblem(name: string, input: StepInput, services: StepNeeds, problem: StepProblem): Promise<void> {
  try {
    const item = await services.inventory.find(timelineKey(input.partner, input.orderId, name, input.visit));
    if (item === undefined) return;
    const { code, message } = problem;
    const entry: TimelineEntry = { ...ended(item.value, services), state: 'problem', problem: { code, message } };
    await services.inventory.replace(item, entry);
  } catch (error) {
    services.log.warn('timeline could not be written', { step: name, orderId: input.orderId, error: String(error) });
  }
}

async function begin(name: string, input: StepInput, services: StepNeeds): Promise<TimelineEntry> {
  const key = timelineKey(input.partner, input.orderId, name, input.visit);
  const before = await services.inventory.find(key);
  const entry: TimelineEntry = {
    step: name,
    visit: input.visit,
    state: 'running',
    startedAt: before?.value.startedAt ?? services.clock.now().toISOString(),
    attempts: (before?.value.attempts ?? 0) + 1,
  };
  if (before === undefined) await services.inventory.add(key, entry);
  else await services.inventory.replace(before, entry);
  return entry;
}

async function note(name: string, input: StepInput, services: StepNeeds, entry: TimelineEntry): Promise<void> {
  const item = await services.inventory.find(timelineKey(input.partner, input.orderId, name, input.visit));
  if (item !== undefined) await services.inventory.replace(item, entry);
}

function ended(entry: TimelineEntry, services: StepNeeds): TimelineEntry {
  return { ...entry, endedAt: services.clock.now().toISOString() };
}
