// Calls plain step functions the way Lambda does: JSON in, JSON out, a time limit, and of an error only name and message.

import { type ErrorObject, OperationStatus } from '@aws/durable-execution-sdk-js';
import { type ServiceLimits, sizeOf } from './service-limits.ts';

export type StepFunction = (payload: unknown) => Promise<unknown>;

export interface FunctionOutcome {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  /** JSON text. */
  readonly result?: string;
  readonly error?: ErrorObject;
}

export interface FunctionRunnerOptions {
  readonly functions: Readonly<Record<string, StepFunction>>;
  readonly timeoutMs: number;
  readonly limits: ServiceLimits;
}

/** As many as run at once; the others wait their turn. Lambda allows a new account about as many. */
const MAX_AT_ONCE = 100;

/** Errors of other programs can be of any length; a person reads the beginning. */
const MAX_MESSAGE_LENGTH = 8_192;

export class FunctionRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
  }

  /** `input` is JSON text or undefined. Never rejects: whatever happens is an outcome. */
  async run(name: string, input: string | undefined): Promise<FunctionOutcome> {
    const { functions } = this.#options;
    const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!called) return failed('ResourceNotFoundException', `there is no function "${name}"`);
    await this.#turn();
    try {
      return await this.#call(name, called, input);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #call(name: string, called: StepFunction, input: string | undefined): Promise<FunctionOutcome> {
    const { timeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<FunctionOutcome>((resolve) => {
      const message = `"${name}" timed out after ${timeoutMs / 1000} seconds`;
      const error = { ErrorType: 'Sandbox.Timedout', ErrorMessage: message };
      timer = setTimeout(() => resolve({ status: OperationStatus.TIMED_OUT, error }), timeoutMs);
      timer.unref();
    });
    try {
      return await Promise.race([this.#answer(name, called, input), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(name: string, called: StepFunction, input: string | undefined): Promise<FunctionOutcome> {
    try {
      // Parsed anew, so that a function cannot change what others see.
      const answer = await called(JSON.parse(input ?? '{}'));
      const result = JSON.stringify(answer) as string | undefined;
      if (result === undefined) return failed('Error', `"${name}" returned nothing; it has to return an object`);
      const { payloadBytes } = this.#options.limits;
      if (sizeOf(result) <= payloadBytes) return { status: OperationStatus.SUCCEEDED, result };
      return failed('Error', `"${name}" returned ${sizeOf(result)} bytes; the limit is ${payloadBytes}`);
    } catch (error) {
      return error instanceof Error ? failed(error.name, error.message) : failed('Error', String(error));
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }
}

function failed(type: string, message: string): FunctionOutcome {
  return {
    status: OperationStatus.FAILED,
    error: { ErrorType: type, ErrorMessage: message.slice(0, MAX_MESSAGE_LENGTH) },
  };
}
