// The sandbox CA with a DNS of its own, and every request to it written down: for tests of what an adapter asks and how.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxCa } from '../../src/sandbox/ca/sandbox-ca.ts';
import { startTxtServer, type TxtServer } from './txt-server.ts';

export interface WatchedCa {
  readonly ca: SandboxCa;
  readonly dns: TxtServer;
  /** `POST newOrder`, `POST newOrder badNonce`: method, operation and refusal, oldest first. A test may empty it. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

export async function startWatchedCa(): Promise<WatchedCa> {
  const folder = await mkdtemp(join(tmpdir(), 'watched-ca-'));
  const dns = await startTxtServer();
  const requests: string[] = [];
  const ca = await SandboxCa.start({
    folder,
    dnsServers: [dns.address],
    onRequest: ({ method, operation, errorType }) =>
      void requests.push([method, operation, errorType].filter(Boolean).join(' ')),
  });
  const close = async () => {
    await ca.close();
    await dns.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ca, dns, requests, close };
}
