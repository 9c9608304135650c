// Durable executions on one machine: the SDK's workflows, unchanged, kept in files that survive a kill at any moment.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableExecutionHandler } from '@aws/durable-execution-sdk-js';
import { Problem } from '../../domain/problem.ts';
import { type Cut, cutEverywhere } from './cut.ts';
import { DurableService, type EngineEvent } from './durable-service.ts';
import { Execution } from './execution.ts';
import { lockFolder } from './folder-lock.ts';
import type { StepFunction } from './function-runner.ts';
import type { ExecutionSummary, OperationRecord } from './operation-record.ts';
import { EXECUTION_NAME, FUNCTION_TIMEOUT_MS, SERVICE_LIMITS, type ServiceLimits, sizeOf } from './service-limits.ts';
import type { WrapWorkflow } from './workflow-runner.ts';

export interface EngineOptions {
  /** State, made if absent. One living engine per folder. */
  readonly folder: string;
  /** Step functions by the name `ctx.invoke` calls them by. JSON in, JSON out, at least once. */
  readonly functions: Readonly<Record<string, StepFunction>>;
  /** Durable functions by name, for `start` and for `ctx.invoke`. */
  readonly workflows: Readonly<Record<string, DurableExecutionHandler>>;
  /** For tests: runs them as something else than code of this process. @default - the SDK, in this process */
  readonly wrap?: WrapWorkflow;
  /** @default the real clock */
  readonly now?: () => Date;
  /** For a live view; called after the change is on the disk. What it throws is dropped. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** For tests: where runs are cut off. @default nowhere */
  readonly cut?: Cut;
  /** For tests. @default Lambda's */
  readonly limits?: Partial<ServiceLimits>;
  /** How long one call of a step function may take, in milliseconds. @default Lambda's 15 minutes */
  readonly functionTimeoutMs?: number;
}

type Waiter = PromiseWithResolvers<ExecutionSummary>;

export class LocalEngine {
  readonly #service: DurableService;
  readonly #now: () => Date;
  readonly #limits: ServiceLimits;
  readonly #unlock: () => void;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #pieces = new Map<string, Cut>();
  #closed = false;

  private constructor(options: EngineOptions, folder: string, unlock: () => void) {
    this.#now = options.now ?? (() => new Date());
    this.#limits = { ...SERVICE_LIMITS, ...options.limits };
    this.#unlock = unlock;
    this.#service = new DurableService({
      folder,
      functions: options.functions,
      workflows: options.workflows,
      wrap: options.wrap,
      now: this.#now,
      limits: this.#limits,
      functionTimeoutMs: options.functionTimeoutMs ?? FUNCTION_TIMEOUT_MS,
      onEvent: options.onEvent ?? (() => {}),
      onEnd: (execution) => this.#settleWaiters(execution),
      cut: (moment) => (this.#pieces.get(moment.execution) ?? options.cut)?.(moment) ?? false,
    });
  }

  /**
   * Reads the state and goes on with every execution that is not over: timers are set again, invokes that were running run
   * again. Problems: `state-in-use` (another engine lives on this folder), `state-damaged` (a file is not ours or not whole).
   */
  static async open(options: EngineOptions): Promise<LocalEngine> {
    const folder = join(options.folder, 'executions');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const unlock = lockFolder(options.folder);
    try {
      const engine = new LocalEngine(options, folder, unlock);
      engine.#resume(folder);
      return engine;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /**
   * Resolves once the execution is on the disk. Idempotent by name: the same workflow and payload under the same name is the
   * same execution. Problems: `idempotency-conflict` (the name has another payload), `bad-request`, `body-too-large`.
   */
  async start(workflow: string, name: string, payload: unknown): Promise<{ readonly arn: string }> {
    this.#refuseClosed();
    const text = this.#jsonOf(payload, 'payload');
    if (!EXECUTION_NAME.test(name)) {
      throw new Problem('bad-request', `"${name}" is not 1 to 64 of A-Z a-z 0-9 - _`, { field: 'name' });
    }
    if (!this.#service.knows(workflow)) {
      throw new Problem('bad-request', `there is no workflow "${workflow}"`, { field: 'workflow' });
    }
    const there = this.#service.executions.get(name);
    if (!there) return { arn: this.#service.begin({ name, workflow, payload: text, at: this.#now() }).arn };
    if (there.workflow === workflow && there.payload === text) return { arn: there.arn };
    throw new Problem('idempotency-conflict', `the execution "${name}" was started with another payload`);
  }

  /**
   * Lambda's SendDurableExecutionCallbackSuccess: resolves once the answer is on the disk. An id that is unknown, answered,
   * timed out or of an execution that is over is a `CallbackClosed` error. `value` is a JSON value.
   */
  async answer(callbackId: string, value: unknown): Promise<void> {
    this.#refuseClosed();
    this.#service.answer(callbackId, this.#jsonOf(value, 'value'));
  }

  async find(name: string): Promise<ExecutionSummary | undefined> {
    return this.#service.executions.get(name)?.summary();
  }

  /** All of them, those started by an `invoke` of another included, oldest first. */
  async list(): Promise<readonly ExecutionSummary[]> {
    const summaries = [...this.#service.executions.values()].map((execution) => execution.summary());
    return summaries.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime());
  }

  /** What the history API would show, in the order of their first start; the first record is the execution itself. */
  async history(name: string): Promise<readonly OperationRecord[]> {
    return this.#get(name).operations;
  }

  /** Its code stops where it stands and its callbacks are closed; so with those it invoked. Nothing if it is over. */
  async stop(name: string): Promise<void> {
    this.#refuseClosed();
    this.#service.finish(this.#get(name), { status: 'STOPPED' });
  }

  /** Settles when the execution is over, however it ended; rejects when the engine is closed before. */
  async whenEnded(name: string): Promise<ExecutionSummary> {
    const execution = this.#get(name);
    if (execution.status !== 'RUNNING') return execution.summary();
    this.#refuseClosed();
    const waiter: Waiter = Promise.withResolvers();
    this.#waiters.set(name, [...(this.#waiters.get(name) ?? []), waiter]);
    return waiter.promise;
  }

  /** For tests: starts an execution, cuts its runs off wherever `cut` says and waits until it is over all the same. */
  async runInPieces(
    workflow: string,
    name: string,
    payload: unknown,
    cut: Cut = cutEverywhere(),
  ): Promise<ExecutionSummary> {
    this.#pieces.set(name, cut);
    await this.start(workflow, name, payload);
    return this.whenEnded(name);
  }

  /** Stops timers and lets nothing more be written. Code under way is abandoned: its promises never settle. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#service.close();
    this.#unlock();
    const waiters = [...this.#waiters.values()].flat();
    this.#waiters.clear();
    for (const waiter of waiters) waiter.reject(new Error('the engine was closed'));
  }

  #resume(folder: string): void {
    const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
    const executions = files.flatMap((file) => Execution.read(join(folder, file)) ?? []);
    const orphan = executions.find(({ status, workflow }) => status === 'RUNNING' && !this.#service.knows(workflow));
    if (orphan) throw new Error(`the execution "${orphan.name}" needs the workflow "${orphan.workflow}"`);
    this.#service.resume(executions);
  }

  #get(name: string): Execution {
    const execution = this.#service.executions.get(name);
    if (!execution) throw new Problem('not-found', `there is no execution "${name}"`);
    return execution;
  }

  #jsonOf(value: unknown, field: string): string {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new Problem('bad-request', 'only a JSON value can be handed over', { field });
    const bytes = sizeOf(text);
    if (bytes <= this.#limits.payloadBytes) return text;
    throw new Problem('body-too-large', `${bytes} bytes; the limit is ${this.#limits.payloadBytes}`, { field });
  }

  #settleWaiters(execution: Execution): void {
    const waiters = this.#waiters.get(execution.name) ?? [];
    this.#waiters.delete(execution.name);
    this.#pieces.delete(execution.name);
    for (const waiter of waiters) waiter.resolve(execution.summary());
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('the engine is closed');
  }
}
