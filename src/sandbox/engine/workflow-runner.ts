// Runs the code of workflows through the SDK, many executions in one process, and starts it again whenever there is news.

import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  type DurableExecutionClient,
  type DurableExecutionHandler,
  type DurableExecutionInvocationOutput,
  type DurableLambdaHandler,
  type GetDurableExecutionStateRequest,
  type GetDurableExecutionStateResponse,
  InvocationStatus,
  isDurableExecutionClientError,
  type OperationUpdate,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import type { Execution, ExecutionEnd } from './execution.ts';
import { toWire } from './operation-record.ts';
import { FUNCTION_TIMEOUT_MS } from './service-limits.ts';

export interface WorkflowRunnerOptions {
  readonly workflows: Readonly<Record<string, DurableExecutionHandler>>;
  /** Makes of a workflow what Lambda calls; `client` takes its checkpoints. @default - the SDK, in this process */
  readonly wrap?: WrapWorkflow | undefined;
  readonly now: () => Date;
  /**
   * Puts the updates on the disk and starts what they ask for. Answers 'cut' when the run is to end right here, before the
   * workflow's code learns that anything was noted.
   */
  readonly note: (execution: Execution, updates: readonly OperationUpdate[]) => 'noted' | 'cut';
  /** The workflow has returned or thrown. */
  readonly finish: (execution: Execution, end: Omit<ExecutionEnd, 'at'>) => void;
  /** The run broke for a reason that is not the workflow's; `wake` is to be called after so long. */
  readonly wakeLater: (execution: Execution, delayMs: number) => void;
}

export type WrapWorkflow = (
  name: string,
  code: DurableExecutionHandler,
  client: DurableExecutionClient,
) => DurableLambdaHandler;

const inThisProcess: WrapWorkflow = (_, code, durableExecutionClient) =>
  withDurableExecution(code, { durableExecutionClient });

/** One call of the workflow's code, from its beginning until it ends or has nothing to do but wait. */
interface Run {
  readonly execution: Execution;
  readonly stopped: Promise<'again' | 'never'>;
  readonly stop: (then: 'again' | 'never') => void;
  token: string;
  /** The version of the execution that the code knows. */
  seen: number;
  /** Something could not be written, which says nothing about the workflow. */
  unwritten: boolean;
}

/** A run that broke is tried again after 1, 2, 4, … seconds, as often as this before the execution has failed. */
const MAX_BROKEN_RUNS = 8;

/** How long a disk that takes nothing is left alone before it is asked again. */
export const DISK_RETRY_MS = 1_000;

export class WorkflowRunner implements DurableExecutionClient {
  readonly #options: WorkflowRunnerOptions;
  readonly #handlers: ReadonlyMap<string, DurableLambdaHandler>;
  readonly #runs = new Map<string, Run>();
  readonly #broken = new Map<string, { readonly version: number; readonly times: number }>();
  #tokens = 0;
  #closed = false;

  constructor(options: WorkflowRunnerOptions) {
    this.#options = options;
    this.#handlers = new Map(
      Object.entries(options.workflows).map(([name, code]) => [
        name,
        (options.wrap ?? inThisProcess)(name, code, this),
      ]),
    );
  }

  knows(workflow: string): boolean {
    return this.#handlers.has(workflow);
  }

  /** Lets the code go on if it has ended its last run; a run under way looks for news itself before it ends. */
  wake(execution: Execution): void {
    if (this.#closed || execution.status !== 'RUNNING' || this.#runs.has(execution.arn)) return;
    const handler = this.#handlers.get(execution.workflow);
    if (handler) void this.#runWhileThereIsNews(execution, handler);
  }

  /** Ends the run under way: its code stops where it stands, not even a `finally` runs. With 'again' a new one begins. */
  stop(execution: Execution, then: 'again' | 'never'): void {
    const run = this.#runs.get(execution.arn);
    if (!run) return;
    // What this run may still ask for is not for anybody any more.
    run.token = '';
    run.stop(then);
  }

  /** No code runs any more, now or later. */
  close(): void {
    this.#closed = true;
    for (const run of this.#runs.values()) this.stop(run.execution, 'never');
  }

  async checkpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    const run = this.#runOf(request);
    if (!run) return forever();
    if (this.#note(run, request.Updates ?? []) === 'cut') {
      this.stop(run.execution, 'again');
      return forever();
    }
    // Noting may have ended the run, as the last step of a stopped execution does.
    if (run.token !== request.CheckpointToken) return forever();
    const changed = run.execution.changedSince(run.seen);
    run.seen = run.execution.version;
    run.token = this.#nextToken();
    return { CheckpointToken: run.token, NewExecutionState: { Operations: changed.map(toWire) } };
  }

  #note(run: Run, updates: readonly OperationUpdate[]): 'noted' | 'cut' {
    try {
      return this.#options.note(run.execution, updates);
    } catch (error) {
      run.unwritten = !isDurableExecutionClientError(error);
      throw error;
    }
  }

  /** Asked only when the first page was not all; ours is. */
  async getExecutionState(request: GetDurableExecutionStateRequest): Promise<GetDurableExecutionStateResponse> {
    const run = this.#runOf(request);
    return run ? { Operations: run.execution.operations.map(toWire) } : forever();
  }

  async #runWhileThereIsNews(execution: Execution, handler: DurableLambdaHandler): Promise<void> {
    for (let goOn = true; goOn; ) {
      const run = this.#begin(execution);
      const outcome = await this.#call(run, handler);
      this.#runs.delete(execution.arn);
      goOn = this.#goOn(run, outcome);
    }
  }

  /** What follows from how a run ended; true when the next one begins at once. */
  #goOn(run: Run, outcome: Outcome): boolean {
    const { execution } = run;
    // Read afresh: it may have been stopped after the run's end was decided.
    if (outcome === 'never' || this.#closed || execution.status !== 'RUNNING') return false;
    if (outcome === 'again') return true;
    if ('broken' in outcome) {
      this.#retryLater(run, outcome.broken);
      return false;
    }
    if (outcome.Status === InvocationStatus.PENDING) return execution.version > run.seen;
    this.#finish(execution, endOf(outcome));
    return false;
  }

  async #call(run: Run, handler: DurableLambdaHandler): Promise<Outcome> {
    const { execution } = run;
    const event = {
      DurableExecutionArn: execution.arn,
      CheckpointToken: run.token,
      InitialExecutionState: { Operations: execution.operations.map(toWire) },
    };
    const deadline = this.#options.now().getTime() + FUNCTION_TIMEOUT_MS;
    const context = {
      awsRequestId: run.token,
      functionName: execution.workflow,
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.#options.now().getTime()),
    };
    try {
      return await Promise.race([handler(event, context as Parameters<DurableLambdaHandler>[1]), run.stopped]);
    } catch (error) {
      return { broken: error };
    }
  }

  #begin(execution: Execution): Run {
    const { promise: stopped, resolve: stop } = Promise.withResolvers<'again' | 'never'>();
    const run: Run = { execution, stopped, stop, token: this.#nextToken(), seen: execution.version, unwritten: false };
    this.#runs.set(execution.arn, run);
    return run;
  }

  #runOf(request: { DurableExecutionArn: string | undefined; CheckpointToken: string | undefined }): Run | undefined {
    const run = this.#runs.get(request.DurableExecutionArn ?? '');
    return run && run.token === request.CheckpointToken ? run : undefined;
  }

  #nextToken(): string {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  }

  #retryLater({ execution, unwritten }: Run, error: unknown): void {
    if (unwritten) {
      this.#options.wakeLater(execution, DISK_RETRY_MS);
      return;
    }
    const last = this.#broken.get(execution.arn);
    const times = last?.version === execution.version ? last.times + 1 : 1;
    this.#broken.set(execution.arn, { version: execution.version, times });
    if (times <= MAX_BROKEN_RUNS) {
      this.#options.wakeLater(execution, 1000 * 2 ** (times - 1));
      return;
    }
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    this.#finish(execution, { status: 'FAILED', error: { ErrorType: name, ErrorMessage: message } });
  }

  #finish(execution: Execution, end: Omit<ExecutionEnd, 'at'>): void {
    try {
      this.#options.finish(execution, end);
      this.#broken.delete(execution.arn);
    } catch {
      // Only writing can fail here: the run is repeated from its notes until its end can be written.
      this.#options.wakeLater(execution, DISK_RETRY_MS);
    }
  }
}

type Outcome = DurableExecutionInvocationOutput | 'again' | 'never' | { readonly broken: unknown };

function endOf(output: DurableExecutionInvocationOutput): Omit<ExecutionEnd, 'at'> {
  if (output.Status === InvocationStatus.SUCCEEDED) return { status: 'SUCCEEDED', result: output.Result };
  if (output.Status === InvocationStatus.FAILED) return { status: 'FAILED', error: output.Error };
  throw new Error('a run that waits has no end');
}

/** What a process that is no more would answer. */
function forever(): Promise<never> {
  return new Promise(() => {});
}
