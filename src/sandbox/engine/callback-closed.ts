// The error for an answer that comes too late, twice, or to a callback that never was.

/** Lambda's `CallbackTimeoutException`, which it gives for all three alike. */
export class CallbackClosed extends Error {
  override readonly name = 'CallbackClosed';

  constructor() {
    super('nobody waits on this callback any more');
  }
}
