// Where `.ci/peers` puts moto, and which one.

import { homedir } from 'node:os';
import { join } from 'node:path';

export const MOTO_VERSION = '5.2.5';

/** A Python environment of moto's own. */
export function motoFolder(): string {
  return join(homedir(), '.cache', 'ucx-certs', `moto-${MOTO_VERSION}`);
}
