// Handshakes as strict as a phone's, trusting the roots that come with Node and those that were added.

import { rootCertificates } from 'node:tls';
import { TlsProbes } from '../../src/adapters/tls/tls-probes.ts';
import { network } from './network.ts';
import { readStageFile } from './stage.ts';

/** Phones give up after about as long. */
const TIMEOUT_MS = 10_000;

export function probes(): TlsProbes {
  const { addedRoots = [] } = readStageFile();
  const roots = addedRoots.length === 0 ? 'mozilla' : [...rootCertificates, ...addedRoots];
  return new TlsProbes({ network: network(), roots, timeoutMs: TIMEOUT_MS });
}
