// A high-availability pair: both nodes get the set, the standby first; a standby that fails leaves the node with the calls untouched.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { openVault } from '../../src/sandbox/sandbox-service.ts';
import { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import { removeFolder } from '../support/local-connection.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const STANDBY_IP = '203.0.113.11';
const standby = { publicIp: STANDBY_IP, connectionProfile: 'ucx-standby' };

/** A second server beside the one of the run, reached by an address of its own. */
async function pair() {
  const run = await SandboxRun.start();
  const folder = await mkdtemp(join(tmpdir(), 'standby-'));
  const { authorizedKey } = await openVault(join(run.folder, 'service'));
  const other = await SandboxUcx.start({
    folder,
    hostname: NORTHWIND.hostname,
    authorizedKey,
    dials: { restartMs: 50, bootMs: 50 },
    profile: { sshPort: NORTHWIND.sshPort },
  });
  run.outside.network.map(STANDBY_IP, NORTHWIND.sshPort, other.sshPort);
  const profiles = run.service.services.settings.profiles as Record<string, ConnectionProfile>;
  profiles['ucx-standby'] = other.profile;
  return {
    run,
    other,
    async [Symbol.asyncDispose]() {
      await run.close();
      await other.close();
      await removeFolder(folder);
    },
  };
}

describe.concurrent('a high-availability pair', patient, () => {
  it('serves the new certificate on both nodes, each restarted once, the standby first', async () => {
    await using nodes = await pair();
    const { run, other } = nodes;
    const order = await run.fulfil({ standby });
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect([other.served(), run.effects().served]).toEqual([order.fingerprint, order.fingerprint]);
    expect([other.counts().restarts, run.effects().restarts]).toEqual([1, 1]);
    expect(other.hostKey).not.toBe(run.outside.ucx.hostKey);
  });

  it('whose standby does not come up with the new set keeps the calls where they are: the other node is not touched', async () => {
    await using nodes = await pair();
    const { run, other } = nodes;
    const factory = [other.served(), run.effects().served];
    await other.turn({ restartFails: 'once' });
    const order = await run.fulfil({ standby });
    expect(order.problem).toMatchObject({ code: 'standby-failed', message: expect.stringContaining('standby') });
    expect([other.served(), run.effects().served]).toEqual(factory);
    expect(run.effects().restarts).toBe(0);
  });

  it('whose standby is down is told so before anything is ordered', async () => {
    await using nodes = await pair();
    const { run, other } = nodes;
    await other.turn({ restartFails: 'always' });
    await other.reboot();
    const order = await run.fulfil({ standby });
    expect(order.problem).toMatchObject({ code: 'server-not-ready', message: expect.stringMatching(/^standby of /) });
    expect(run.outside.ca.count('newOrder')).toBe(0);
  });
});
