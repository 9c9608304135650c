// What endpoints serve, judged as a phone does.

import { TlsProbes } from '../../src/adapters/tls/tls-probes.ts';
import { network } from './network.ts';

const PROBE_MS = 10_000;

export function probes(): TlsProbes {
  return new TlsProbes({ network: network(), roots: 'mozilla', timeoutMs: PROBE_MS });
}
