// The authorities of the bench, fresh for each case: Pebble at its quickest, and a sandbox CA that takes its time.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxCa } from '../src/sandbox/ca/sandbox-ca.ts';
import { startPebble } from '../test/support/pebble.ts';
import { startTxtServer, type TxtServer } from '../test/support/txt-server.ts';
import type { CaseLine } from './issue-measure.ts';
import type { AuthorityOfBench } from './issue-world.ts';

export interface World {
  readonly authority: AuthorityOfBench;
  readonly dns: TxtServer;
  /** Requests the authority has had so far, once it has had the time to say so. */
  readonly requests: () => Promise<number>;
}

export type Case = (world: World) => Promise<CaseLine>;

const TELLING_MS = 20;

export async function withPebble(options: { readonly nonceRejectPercent?: number }, measure: Case): Promise<CaseLine> {
  const dns = await startTxtServer();
  const log = new RequestLog();
  const pebble = await startPebble({
    dnsServer: dns.address,
    reusePercent: 0,
    onOutput: (text) => log.read(text),
    ...options,
  });
  // One that is stuck outlives its case, but not the bench.
  process.once('exit', () => void pebble.close());
  try {
    return await measure({ authority: pebble, dns, requests: () => told(() => log.count) });
  } finally {
    await pebble.close();
    await dns.close();
  }
}

/** 300 ms to validate and 300 ms to issue, and not a word of when to come back. */
export async function withSlowAuthority(measure: Case): Promise<CaseLine> {
  const dns = await startTxtServer();
  const folder = await mkdtemp(join(tmpdir(), 'bench-ca-'));
  let requests = 0;
  const onRequest = () => {
    requests += 1;
  };
  const ca = await SandboxCa.start({ folder, dnsServers: [dns.address], onRequest });
  ca.turn({
    validationDelayMs: [300, 300],
    finalizeDelayMs: [300, 300],
    retryAfterSeconds: undefined,
    refuseNonces: 0,
    reuseAuthorizations: 0,
  });
  const { directoryUrl, tlsRootPem, rootPem: issuingRootPem } = ca;
  try {
    const authority = { directoryUrl, tlsRootPem, issuingRootPem };
    return await measure({ authority, dns, requests: () => told(() => requests) });
  } finally {
    await ca.close();
    await dns.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function told(count: () => number): Promise<number> {
  await sleep(TELLING_MS);
  return count();
}

/** Pebble writes a line for each request; what comes of it need not end where a line does. */
class RequestLog {
  count = 0;
  #begun = '';

  read(text: string): void {
    const lines = (this.#begun + text).split('\n');
    this.#begun = lines.pop() ?? '';
    this.count += lines.filter((line) => /(?:GET|HEAD|POST) \S+ -> calling handler/.test(line)).length;
  }
}
