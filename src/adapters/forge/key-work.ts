// How much computing passwords may cost in one `read`, charged before it is done.

import { MAX_KEY_WORK } from './upload-limits.ts';

export class KeyWork {
  #left = MAX_KEY_WORK;

  /** False: there is not enough left for it; nothing is charged then. */
  spend(microseconds: number): boolean {
    if (!Number.isFinite(microseconds) || microseconds > this.#left) return false;
    this.#left -= microseconds;
    return true;
  }
}

/** Thrown where a password cannot be tried: whoever holds the file's name makes a problem of it. */
export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork';
}
