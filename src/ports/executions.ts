// Runs of workflows: Lambda durable executions, or the local engine.

/**
 * Rules every adapter keeps; test/contracts/executions.ts checks each of them:
 *
 * 1. `start` is idempotent: the same name with the same input is the same execution.
 * 2. `start` resolves once the execution is kept; it does not wait for its end.
 * 3. `wake` answers a callback an execution waits on; it resolves to false when nobody waits on it any more.
 * 4. `state` says whether an execution of that name exists and whether it is over.
 */
export interface Executions {
  start(workflow: string, name: string, input: unknown): Promise<void>;
  wake(callbackId: string, answer: unknown): Promise<boolean>;
  state(workflow: string, name: string): Promise<'absent' | 'running' | 'succeeded' | 'failed' | 'stopped'>;
}
