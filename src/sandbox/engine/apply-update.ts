// What an operation becomes when the SDK reports an update, judged as strictly as the service judges it.

import {
  DurableExecutionClientError,
  DurableExecutionClientErrorScope,
  OperationAction,
  OperationStatus,
  OperationType,
  type OperationUpdate,
} from '@aws/durable-execution-sdk-js';
import { isOver, type OperationRecord } from './operation-record.ts';
import { CALLBACK_SECONDS, OPERATION_NAME, type ServiceLimits, sizeOf, WAIT_SECONDS } from './service-limits.ts';

export interface UpdateSurroundings {
  readonly at: Date;
  readonly newCallbackId: () => string;
  readonly limits: ServiceLimits;
}

/** Ends the execution as FAILED: asking again would be refused again. */
export function refused(message: string): DurableExecutionClientError {
  return new DurableExecutionClientError(message, { scope: DurableExecutionClientErrorScope.EXECUTION });
}

/**
 * The record after the update; `before` is undefined for an operation not seen yet. An update that the service would refuse
 * throws a `DurableExecutionClientError` that ends the execution.
 */
export function applyUpdate(
  before: OperationRecord | undefined,
  update: OperationUpdate,
  around: UpdateSurroundings,
): OperationRecord {
  const { Id: id, Type: type, Action: action } = update;
  if (!id || !type || !action) throw refused('an update has an Id, a Type and an Action');
  const called = `${type} "${update.Name ?? id}"`;
  if (update.Name !== undefined && !OPERATION_NAME.test(update.Name)) {
    throw refused(`the name of ${called} has to be 1 to 256 printable ASCII characters`);
  }
  if (before && before.type !== type) throw refused(`${called} was a ${before.type}`);
  if (before && isOver(before)) throw refused(`${called} is over: ${before.status}`);
  const bytes = Math.max(sizeOf(update.Payload), sizeOf(JSON.stringify(update.Error)));
  if (bytes > around.limits.payloadBytes) {
    throw refused(`${called} carries ${bytes} bytes; the limit is ${around.limits.payloadBytes}`);
  }
  switch (action) {
    case OperationAction.START:
      return start({ id, type, called }, before, update, around);
    case OperationAction.RETRY:
      return retry(begun(before, called), update, around, called);
    case OperationAction.SUCCEED:
    case OperationAction.FAIL:
      return finish(begun(before, called), update, around, called);
    default:
      throw refused(`${action} of ${called} is not supported`);
  }
}

interface Subject {
  readonly id: string;
  readonly type: OperationType;
  readonly called: string;
}

function start(
  { id, type, called }: Subject,
  before: OperationRecord | undefined,
  update: OperationUpdate,
  around: UpdateSurroundings,
): OperationRecord {
  const common: OperationRecord = {
    id,
    type,
    parentId: update.ParentId,
    name: update.Name,
    subType: update.SubType,
    status: OperationStatus.STARTED,
    startedAt: before?.startedAt ?? around.at.toISOString(),
  };
  if (type === OperationType.STEP) return { ...common, attempt: before?.attempt ?? 0, result: before?.result };
  if (before) throw refused(`${called} is already started`);
  switch (type) {
    case OperationType.CONTEXT:
      return common;
    case OperationType.WAIT: {
      const seconds = wholeSeconds(update.WaitOptions?.WaitSeconds, WAIT_SECONDS, `wait of ${called}`);
      return { ...common, dueAt: later(around.at, seconds) };
    }
    case OperationType.CALLBACK: {
      const { TimeoutSeconds: timeout = 0, HeartbeatTimeoutSeconds: heartbeat = 0 } = update.CallbackOptions ?? {};
      if (heartbeat !== 0) throw refused(`${called} has a heartbeat timeout, which the local engine does not know`);
      const seconds = wholeSeconds(timeout, CALLBACK_SECONDS, `timeout of ${called}`);
      const dueAt = seconds === 0 ? undefined : later(around.at, seconds);
      return { ...common, callbackId: around.newCallbackId(), dueAt };
    }
    case OperationType.CHAINED_INVOKE: {
      const functionName = update.ChainedInvokeOptions?.FunctionName;
      if (!functionName) throw refused(`${called} has no function name`);
      return { ...common, functionName, input: update.Payload };
    }
    default:
      throw refused(`${called} cannot be started by an update`);
  }
}

function retry(
  before: OperationRecord,
  update: OperationUpdate,
  around: UpdateSurroundings,
  called: string,
): OperationRecord {
  if (before.type !== OperationType.STEP) throw refused(`${called} cannot be retried`);
  const delay = wholeSeconds(update.StepOptions?.NextAttemptDelaySeconds, WAIT_SECONDS, `delay of ${called}`);
  return {
    ...before,
    status: OperationStatus.PENDING,
    attempt: (before.attempt ?? 0) + 1,
    error: update.Error,
    // The state that `waitForCondition` carries from one look to the next.
    result: update.Payload,
    dueAt: later(around.at, delay),
  };
}

/** Waits, callbacks and invokes are finished by the service, not by an update. */
function finish(
  before: OperationRecord,
  update: OperationUpdate,
  around: UpdateSurroundings,
  called: string,
): OperationRecord {
  if (before.type !== OperationType.STEP && before.type !== OperationType.CONTEXT) {
    throw refused(`${called} cannot be finished by an update`);
  }
  const over = { ...before, dueAt: undefined, endedAt: around.at.toISOString() };
  if (update.Action === OperationAction.FAIL) {
    return { ...over, status: OperationStatus.FAILED, result: undefined, error: update.Error };
  }
  return {
    ...over,
    status: OperationStatus.SUCCEEDED,
    error: undefined,
    result: update.Payload,
    replayChildren: update.ContextOptions?.ReplayChildren,
  };
}

function begun(before: OperationRecord | undefined, called: string): OperationRecord {
  if (!before) throw refused(`${called} was never started`);
  return before;
}

function wholeSeconds(seconds: number | undefined, range: { min: number; max: number }, what: string): number {
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < range.min || seconds > range.max) {
    throw refused(`the ${what} is ${seconds} s; it has to be a whole number from ${range.min} to ${range.max}`);
  }
  return seconds;
}

function later(at: Date, seconds: number): string {
  return new Date(at.getTime() + seconds * 1000).toISOString();
}
