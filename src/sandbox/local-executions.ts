// The local engine in the words of the service.

import type { Executions } from '../ports/executions.ts';
import { CallbackClosed } from './engine/callback-closed.ts';
import type { LocalEngine } from './engine/local-engine.ts';

export class LocalExecutions implements Executions {
  readonly #engine: () => LocalEngine;

  /** `engine` is asked for on each call: engine and services need each other. */
  constructor(engine: () => LocalEngine) {
    this.#engine = engine;
  }

  async start(workflow: string, name: string, input: unknown): Promise<void> {
    await this.#engine().start(workflow, name, input);
  }

  async wake(callbackId: string, answer: unknown): Promise<boolean> {
    try {
      await this.#engine().answer(callbackId, answer);
      return true;
    } catch (error) {
      if (error instanceof CallbackClosed) return false;
      throw error;
    }
  }

  async state(_workflow: string, name: string): Promise<'absent' | 'running' | 'succeeded' | 'failed' | 'stopped'> {
    const summary = await this.#engine().find(name);
    if (summary === undefined) return 'absent';
    return ({ RUNNING: 'running', SUCCEEDED: 'succeeded', FAILED: 'failed', STOPPED: 'stopped' } as const)[
      summary.status
    ];
  }
}
