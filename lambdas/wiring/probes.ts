// Handshakes as strict as a phone's, trusting the roots that come with Node.

import { TlsProbes } from '../../src/adapters/tls/tls-probes.ts';
import { network } from './network.ts';

/** Phones give up after about as long. */
const TIMEOUT_MS = 10_000;

export function probes(): TlsProbes {
  return new TlsProbes({ network: network(), roots: 'mozilla', timeoutMs: TIMEOUT_MS });
}
