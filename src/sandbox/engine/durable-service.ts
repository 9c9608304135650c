// What the Lambda service does around the code of workflows: keeps their operations, watches the clock, calls functions.

import { createHash, randomBytes } from 'node:crypto';
import {
  type DurableExecutionHandler,
  OperationStatus,
  OperationType,
  type OperationUpdate,
} from '@aws/durable-execution-sdk-js';
import { applyUpdate, refused } from './apply-update.ts';
import { CallbackClosed } from './callback-closed.ts';
import type { Cut, CutMoment } from './cut.ts';
import { Execution, type ExecutionEnd, type ExecutionStart } from './execution.ts';
import { FunctionRunner, type StepFunction } from './function-runner.ts';
import { LongTimers } from './long-timers.ts';
import { type ExecutionSummary, isOver, type OperationRecord } from './operation-record.ts';
import { type ServiceLimits, sizeOf } from './service-limits.ts';
import { DISK_RETRY_MS, WorkflowRunner, type WrapWorkflow } from './workflow-runner.ts';

/** Told after it is on the disk. Of an operation: its state, `STARTED` or how it ended; a quick step tells only its end. */
export type EngineEvent =
  | { readonly kind: 'execution'; readonly at: Date; readonly execution: ExecutionSummary }
  | { readonly kind: 'operation'; readonly at: Date; readonly execution: string; readonly operation: OperationRecord };

export interface DurableServiceOptions {
  /** Holds a file for each execution. */
  readonly folder: string;
  readonly functions: Readonly<Record<string, StepFunction>>;
  readonly workflows: Readonly<Record<string, DurableExecutionHandler>>;
  readonly wrap?: WrapWorkflow | undefined;
  readonly now: () => Date;
  readonly limits: ServiceLimits;
  readonly functionTimeoutMs: number;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onEnd: (execution: Execution) => void;
  readonly cut: Cut;
}

type Settlement = Pick<OperationRecord, 'status' | 'result' | 'error'>;

export class DurableService {
  readonly #options: DurableServiceOptions;
  readonly #executions = new Map<string, Execution>();
  readonly #callbacks = new Map<string, { readonly execution: Execution; readonly id: string }>();
  readonly #timers: LongTimers;
  readonly #functions: FunctionRunner;
  readonly #workflows: WorkflowRunner;
  #closed = false;

  constructor(options: DurableServiceOptions) {
    this.#options = options;
    this.#timers = new LongTimers(options.now);
    this.#functions = new FunctionRunner({
      functions: options.functions,
      timeoutMs: options.functionTimeoutMs,
      limits: options.limits,
    });
    this.#workflows = new WorkflowRunner({
      workflows: options.workflows,
      wrap: options.wrap,
      now: options.now,
      note: (execution, updates) => this.#note(execution, updates),
      finish: (execution, end) => this.finish(execution, end),
      wakeLater: (execution, delayMs) => {
        this.#timers.arm(`${execution.name} run`, this.#in(delayMs), () => this.#workflows.wake(execution));
      },
    });
  }

  get executions(): ReadonlyMap<string, Execution> {
    return this.#executions;
  }

  knows(workflow: string): boolean {
    return this.#workflows.knows(workflow);
  }

  /** Takes over what an earlier process left: waits go on, invokes that were running run again, code goes on from its notes. */
  resume(left: readonly Execution[]): void {
    for (const execution of left) this.#executions.set(execution.name, execution);
    for (const execution of left) {
      // Cut off between its own end and that of those it invoked.
      if (execution.status === 'STOPPED') this.#stopChildren(execution);
    }
    for (const execution of left) {
      if (execution.status !== 'RUNNING') continue;
      for (const operation of execution.operations) this.#follow(execution, operation);
      this.#workflows.wake(execution);
    }
  }

  begin(start: ExecutionStart): Execution {
    const execution = Execution.begin(this.#options.folder, start);
    this.#executions.set(execution.name, execution);
    this.#tell({ kind: 'execution', at: start.at, execution: execution.summary() });
    this.#workflows.wake(execution);
    return execution;
  }

  /** `result` is JSON text. */
  answer(callbackId: string, result: string): void {
    const waiting = this.#callbacks.get(callbackId);
    if (!waiting) throw new CallbackClosed();
    const { execution, id } = waiting;
    const dueAt = execution.operation(id)?.dueAt;
    if (dueAt !== undefined && this.#options.now() >= new Date(dueAt)) {
      this.#due(execution, id);
      throw new CallbackClosed();
    }
    this.#settle(execution, id, { status: OperationStatus.SUCCEEDED, result });
  }

  /** Does nothing to an execution that is over. */
  finish(execution: Execution, wanted: Omit<ExecutionEnd, 'at'>): void {
    if (this.#closed || execution.status !== 'RUNNING') return;
    const end = { ...this.#withinLimits(wanted), at: this.#options.now() };
    execution.end(end);
    this.#workflows.stop(execution, 'never');
    this.#timers.disarm(`${execution.name} run`);
    for (const operation of execution.operations) this.#forget(execution, operation);
    this.#tell({ kind: 'execution', at: end.at, execution: execution.summary() });
    this.#options.onEnd(execution);
    if (end.status === 'STOPPED') this.#stopChildren(execution);
    this.#tellParent(execution);
  }

  /** Nothing is written after it; code that is under way never learns anything again. */
  close(): void {
    this.#closed = true;
    this.#timers.clear();
    this.#workflows.close();
  }

  #note(execution: Execution, updates: readonly OperationUpdate[]): 'noted' | 'cut' {
    const { limits, now } = this.#options;
    const around = { at: now(), limits, newCallbackId };
    const changed = new Map<string, OperationRecord>();
    for (const update of updates) {
      const id = update.Id ?? '';
      changed.set(id, applyUpdate(changed.get(id) ?? execution.operation(id), update, around));
    }
    const changes = [...changed.values()];
    const excess = execution.excess(changes, limits);
    if (excess) throw refused(excess);

    const stepsDone = changes.filter((change) => change.type === OperationType.STEP && isOver(change));
    if (this.#cuts('done', execution, stepsDone)) return 'cut';
    this.#keep(execution, changes);
    const begun = changes.filter(({ status }) => status === OperationStatus.STARTED);
    const cuts = [this.#cuts('begun', execution, begun), this.#cuts('noted', execution, changes.filter(isOver))];
    return cuts.includes(true) ? 'cut' : 'noted';
  }

  #keep(execution: Execution, changes: readonly OperationRecord[]): void {
    execution.note(changes);
    for (const operation of changes) {
      this.#tell({ kind: 'operation', at: this.#options.now(), execution: execution.name, operation });
      this.#follow(execution, operation);
    }
  }

  /** Does what the state of an operation asks of the service; the same whether it is new or found on the disk. */
  #follow(execution: Execution, operation: OperationRecord): void {
    const { id, type, dueAt, callbackId } = operation;
    this.#forget(execution, operation);
    if (isOver(operation)) return;
    if (callbackId !== undefined) this.#callbacks.set(callbackId, { execution, id });
    if (type === OperationType.CHAINED_INVOKE) this.#invoke(execution, operation);
    if (dueAt === undefined) return;
    this.#timers.arm(key(execution, id), new Date(dueAt), () => {
      this.#surely(key(execution, id), () => this.#due(execution, id));
    });
  }

  #forget(execution: Execution, { id, callbackId }: OperationRecord): void {
    this.#timers.disarm(key(execution, id));
    if (callbackId !== undefined) this.#callbacks.delete(callbackId);
  }

  #due(execution: Execution, id: string): void {
    const operation = execution.operation(id);
    if (operation?.type === OperationType.WAIT) {
      this.#settle(execution, id, { status: OperationStatus.SUCCEEDED });
    }
    if (operation?.type === OperationType.CALLBACK) {
      const error = { ErrorType: 'CallbackTimeoutError', ErrorMessage: 'Callback timed out' };
      this.#settle(execution, id, { status: OperationStatus.TIMED_OUT, error });
    }
    if (operation?.status === OperationStatus.PENDING) {
      this.#keep(execution, [{ ...operation, status: OperationStatus.READY, dueAt: undefined }]);
      this.#workflows.wake(execution);
    }
  }

  #settle(execution: Execution, id: string, settlement: Settlement): void {
    const before = execution.operation(id);
    if (this.#closed || execution.status !== 'RUNNING' || !before || isOver(before)) return;
    const endedAt = this.#options.now().toISOString();
    const settled: OperationRecord = { ...before, ...settlement, endedAt };
    const excess = execution.excess([settled], this.#options.limits);
    const error = { ErrorType: 'Error', ErrorMessage: excess };
    const operation = excess ? { ...before, status: OperationStatus.FAILED, error, endedAt } : settled;
    this.#keep(execution, [operation]);
    if (this.#cuts('noted', execution, [operation])) this.#workflows.stop(execution, 'again');
    this.#workflows.wake(execution);
  }

  #invoke(execution: Execution, operation: OperationRecord): void {
    const { id, functionName = '', input } = operation;
    if (this.#workflows.knows(functionName)) {
      this.#surely(key(execution, id), () => this.#startChild(execution, operation));
      return;
    }
    void this.#functions.run(functionName, input).then((outcome) => {
      if (this.#closed || execution.status !== 'RUNNING') return;
      if (this.#cuts('done', execution, [operation])) this.#invoke(execution, operation);
      else this.#surely(key(execution, id), () => this.#settle(execution, id, outcome));
    });
  }

  #startChild(execution: Execution, { id, functionName = '', input = '{}' }: OperationRecord): void {
    const name = childName(execution, id);
    const parent = { name: execution.name, operationId: id };
    const child =
      this.#executions.get(name) ??
      this.begin({ name, workflow: functionName, payload: input, at: this.#options.now(), parent });
    this.#tellParent(child);
  }

  #tellParent(child: Execution): void {
    const { ended, parent } = child;
    const waiting = parent && this.#executions.get(parent.name);
    if (!ended || !waiting) return;
    this.#surely(key(waiting, parent.operationId), () => {
      const { status, result, error } = ended;
      this.#settle(waiting, parent.operationId, { status, result, error });
    });
  }

  #stopChildren(execution: Execution): void {
    for (const child of this.#executions.values()) {
      if (child.parent?.name !== execution.name) continue;
      this.#surely(`${child.name} stop`, () => this.finish(child, { status: 'STOPPED' }));
    }
  }

  /** When the disk refuses, what has happened is not lost: it is written as soon as the disk takes it. */
  #surely(what: string, act: () => void): void {
    if (this.#closed) return;
    try {
      act();
    } catch {
      this.#timers.arm(`${what} disk`, this.#in(DISK_RETRY_MS), () => this.#surely(what, act));
    }
  }

  #withinLimits(end: Omit<ExecutionEnd, 'at'>): Omit<ExecutionEnd, 'at'> {
    const { payloadBytes } = this.#options.limits;
    const bytes = sizeOf(end.result);
    if (bytes <= payloadBytes) return end;
    const message = `the workflow returned ${bytes} bytes; the limit is ${payloadBytes}`;
    return { status: 'FAILED', error: { ErrorType: 'Error', ErrorMessage: message } };
  }

  /** Asks about every one of them, so that a cut that comes once is used up by all that it would have hit. */
  #cuts(kind: CutMoment['kind'], execution: Execution, operations: readonly OperationRecord[]): boolean {
    const answers = operations.map((operation) => this.#options.cut({ kind, execution: execution.name, operation }));
    return answers.includes(true);
  }

  #tell(event: EngineEvent): void {
    try {
      this.#options.onEvent(event);
    } catch {
      // A view that breaks must not stop an order.
    }
  }

  #in(delayMs: number): Date {
    return new Date(this.#options.now().getTime() + delayMs);
  }
}

function key(execution: Execution, id: string): string {
  return `${execution.name} ${id}`;
}

/** The same for the same operation, so that a repeated start finds the first. */
function childName(execution: Execution, id: string): string {
  const digest = createHash('sha256').update(`${execution.arn} ${id}`).digest('hex');
  return `child-${digest.slice(0, 40)}`;
}

/** As opaque as Lambda's: `[A-Za-z0-9+/]+={0,2}`, up to 1,024 characters, so `/`, `+` and `=` have to survive a URL. */
function newCallbackId(): string {
  return randomBytes(64).toString('base64');
}
