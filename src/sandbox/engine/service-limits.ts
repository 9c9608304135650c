// What the Lambda service refuses, so that a workflow that runs here also runs there.

export interface ServiceLimits {
  readonly operations: number;
  /** Of one payload, result, error or callback answer, in bytes of UTF-8. */
  readonly payloadBytes: number;
  /** Of all payloads, results and errors of one execution. */
  readonly executionBytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, durable functions; hard, both. */
export const SERVICE_LIMITS: ServiceLimits = {
  operations: 3_000,
  payloadBytes: 256 * 1024,
  executionBytes: 100 * 1024 * 1024,
};

/** Of an execution: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, `DurableExecutionName`. */
export const EXECUTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Of an operation: https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html */
export const OPERATION_NAME = /^[\x20-\x7e]{1,256}$/;

/** Both ends included; https://docs.aws.amazon.com/lambda/latest/api/API_WaitOptions.html */
export const WAIT_SECONDS = { min: 1, max: 31_622_400 };

/** 0 is without end; https://docs.aws.amazon.com/lambda/latest/api/API_CallbackOptions.html */
export const CALLBACK_SECONDS = { min: 0, max: 99_999_999 };

/** A Lambda function is ended after 15 minutes. */
export const FUNCTION_TIMEOUT_MS = 15 * 60 * 1000;

export function sizeOf(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(text, 'utf8');
}
