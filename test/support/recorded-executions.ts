// Executions that never run: what was asked for is written down, for tests of those who ask.

import type { Executions } from '../../src/ports/executions.ts';

export class RecordedExecutions implements Executions {
  readonly started: { readonly workflow: string; readonly name: string; readonly input: unknown }[] = [];
  readonly woken: string[] = [];
  /** What the next calls fail with, as when the service behind is down. */
  trouble: Error | undefined;

  async start(workflow: string, name: string, input: unknown): Promise<void> {
    if (this.trouble !== undefined) throw this.trouble;
    if (this.started.some((one) => one.name === name)) return;
    this.started.push({ workflow, name, input });
  }

  async wake(callbackId: string): Promise<boolean> {
    if (this.trouble !== undefined) throw this.trouble;
    this.woken.push(callbackId);
    return true;
  }

  async state(_workflow: string, name: string): Promise<'absent' | 'running'> {
    return this.started.some((one) => one.name === name) ? 'running' : 'absent';
  }
}
