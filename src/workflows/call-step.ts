// Calls a step from a workflow, and comes back as long as the world only asks for patience.

import { type DurableContext, InvokeError } from '@aws/durable-execution-sdk-js';
import type { Catalogue, StepName } from '../steps/catalogue.ts';
import type { StepProblem, StepResult } from '../steps/step.ts';

type InputOf<Name extends StepName> = Parameters<Catalogue[Name]>[0];
type ValueOf<Name extends StepName> = Extract<Awaited<ReturnType<Catalogue[Name]>>, { readonly kind: 'done' }>['value'];

/** Expected failures are values: a thrown error loses its class on the way out of a Lambda. */
export type Called<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      readonly problem: { readonly code: string; readonly message: string; readonly step: string };
    };

export interface Patience {
  /** How long in all we wait for one step to get its work done. */
  readonly forSeconds: number;
}

/** CAs, DNS and servers that are away come back within a day or need a person. */
export const A_DAY: Patience = { forSeconds: 24 * 3600 };

const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 15 * 60;

/** After so many attempts whoever asked for another one soon is asked less often: an execution has 3,000 operations (Lambda quota). */
const EAGER_ATTEMPTS = 30;
const EASED_PAUSE_SECONDS = 30;

/** A step that dies without a word (a bug, a Lambda's time-out) is tried this often in a row. */
const SILENT_DEATHS = 3;

/**
 * `waiting` and problems that may pass (`retry: later`) are tried again after what they ask for, else after pauses that double;
 * patience at an end, or `retry: never`, is the problem. No clock is read: what was waited is added up.
 */
export async function callStep<Name extends StepName>(
  ctx: DurableContext,
  name: Name,
  input: InputOf<Name>,
  patience: Patience = A_DAY,
): Promise<Called<ValueOf<Name>>> {
  const label = `${name} ${input.visit}`;
  let waitedSeconds = 0;
  let deaths = 0;
  for (let attempt = 1; ; attempt += 1) {
    const result = await invoke<StepResult<ValueOf<Name>>>(ctx, `${label}.${attempt}`, name, input);
    if (result.kind === 'done') return { ok: true, value: result.value };
    deaths = result.kind === 'died' ? deaths + 1 : 0;

    const problem = problemOf(result);
    const over = result.kind === 'died' ? deaths >= SILENT_DEATHS : waitedSeconds >= patience.forSeconds;
    if (problem.retry === 'never' || over)
      return { ok: false, problem: { code: problem.code, message: problem.message, step: name } };

    const seconds = pauseSeconds(result, attempt, patience.forSeconds - waitedSeconds);
    await ctx.wait(`${label}.${attempt} pause`, { seconds });
    waitedSeconds += seconds;
  }
}

type Death = { readonly kind: 'died'; readonly message: string };

async function invoke<Result>(
  ctx: DurableContext,
  label: string,
  name: StepName,
  input: unknown,
): Promise<Result | Death> {
  try {
    return await ctx.invoke<unknown, Result>(label, name, input);
  } catch (error) {
    if (!(error instanceof InvokeError)) throw error;
    return { kind: 'died', message: error.message };
  }
}

function problemOf(result: Exclude<StepResult<unknown>, { kind: 'done' }> | Death): StepProblem {
  if (result.kind === 'problem') return result.problem;
  if (result.kind === 'died') return { code: 'step-died', message: result.message, retry: 'later' };
  return { code: 'patience-over', message: `still waiting: ${result.why}`, retry: 'later' };
}

function pauseSeconds(
  result: Exclude<StepResult<unknown>, { kind: 'done' }> | Death,
  attempt: number,
  leftSeconds: number,
): number {
  const doubled = Math.min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS);
  const asked = result.kind === 'died' ? undefined : result.retryAfterMs;
  const wanted = asked === undefined ? doubled : Math.ceil(asked / 1000);
  const eased = attempt > EAGER_ATTEMPTS ? Math.max(wanted, EASED_PAUSE_SECONDS) : wanted;
  return Math.max(1, Math.ceil(Math.min(eased, Math.max(1, leftSeconds))));
}
