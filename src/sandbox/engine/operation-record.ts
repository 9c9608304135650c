// What the engine keeps of an execution and its operations, and the form in which the SDK reads it.

import { type ErrorObject, OperationStatus, OperationType, type WireOperation } from '@aws/durable-execution-sdk-js';

/**
 * One operation as the history API shows it. `input`, `result` and what a callback was answered with are JSON text; times
 * are ISO 8601 in UTC. The first record of every execution is of type EXECUTION and carries its payload.
 */
export interface OperationRecord {
  /** The SDK's hash of the operation's place in the code: the same code gives the same id in every run. */
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly name?: string | undefined;
  readonly type: OperationType;
  readonly subType?: string | undefined;
  readonly status: OperationStatus;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  /** Of an invoke: which function. */
  readonly functionName?: string | undefined;
  readonly input?: string | undefined;
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
  /** Of a step: how many attempts have failed. */
  readonly attempt?: number | undefined;
  /** When a wait ends, a callback times out or a step is tried again. */
  readonly dueAt?: string | undefined;
  readonly callbackId?: string | undefined;
  /** Of a child context: its result is too large to keep, so its operations are replayed. */
  readonly replayChildren?: boolean | undefined;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED';

export interface ExecutionSummary {
  readonly name: string;
  readonly workflow: string;
  readonly arn: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  /** What the workflow returned. */
  readonly result?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
  /** The execution whose `invoke` started this one. */
  readonly parent?: string;
}

const OVER: ReadonlySet<OperationStatus> = new Set([
  OperationStatus.SUCCEEDED,
  OperationStatus.FAILED,
  OperationStatus.TIMED_OUT,
  OperationStatus.STOPPED,
  OperationStatus.CANCELLED,
]);

export function isOver(operation: OperationRecord): boolean {
  return OVER.has(operation.status);
}

/** Every `…Details` beside the one of the type is left out, as the service does it. */
export function toWire(operation: OperationRecord): WireOperation {
  return {
    Id: operation.id,
    ParentId: operation.parentId,
    Name: operation.name,
    Type: operation.type,
    SubType: operation.subType,
    Status: operation.status,
    StartTimestamp: operation.startedAt,
    EndTimestamp: operation.endedAt,
    ...details(operation),
  };
}

function details(operation: OperationRecord): Partial<WireOperation> {
  const { result, error } = operation;
  switch (operation.type) {
    case OperationType.EXECUTION:
      return { ExecutionDetails: { InputPayload: operation.input } };
    case OperationType.CONTEXT:
      return { ContextDetails: { Result: result, Error: error, ReplayChildren: operation.replayChildren } };
    case OperationType.STEP:
      return {
        StepDetails: {
          Result: result,
          Error: error,
          Attempt: operation.attempt,
          NextAttemptTimestamp: operation.dueAt,
        },
      };
    case OperationType.WAIT:
      return { WaitDetails: { ScheduledEndTimestamp: operation.dueAt } };
    case OperationType.CALLBACK:
      return { CallbackDetails: { CallbackId: operation.callbackId, Result: result, Error: error } };
    case OperationType.CHAINED_INVOKE:
      return { ChainedInvokeDetails: { Result: result, Error: error } };
  }
}
