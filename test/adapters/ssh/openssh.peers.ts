// Our SSH adapter and the activation script against OpenSSH, which somebody else wrote.

import { describe, expect, it } from 'vitest';
import { appliancesContract } from '../../contracts/appliances.ts';
import { connectionContract } from '../../contracts/connection.ts';
import { freePort, startOpenssh } from '../../support/openssh.ts';
import { openConnectionBench, openUcxBench, type UcxBenchOptions } from '../../support/ucx-bench.ts';

const JUMP_ADDRESS = '203.0.113.20';

/** InfinityOne listens where it says, because OpenSSH forwards to no other port than the one asked for. */
async function behindOpenssh(): Promise<UcxBenchOptions> {
  const port = await freePort();
  return {
    ucx: { sitePort: port, namedSitePort: port },
    front: (ucx, authorizedKey) => startOpenssh({ authorizedKey, env: ucx.env }),
  };
}

describe('SshConnection to OpenSSH', () => {
  connectionContract(async () => await openConnectionBench(await behindOpenssh()));
});

describe('SshAppliances over OpenSSH', () => {
  appliancesContract(async () => (await openUcxBench(await behindOpenssh())).world);
});

describe('SshAppliances through a jump host', () => {
  it('reaches a private address, and pins both host keys', async () => {
    const bench = await openUcxBench();
    const jump = await startOpenssh({ authorizedKey: bench.keys.ours.public, env: {} });
    const through = { host: JUMP_ADDRESS, port: 22, account: jump.account };
    bench.network.map(JUMP_ADDRESS, 22, jump.port);
    const open = (hostKey: string, pinned: string) => {
      const profile = { ...bench.profile, sshPort: bench.ucx.sshPort, jump: { ...through, hostKey } };
      return bench.appliances().open({ address: '127.0.0.1', profile, hostKey: pinned });
    };
    try {
      const appliance = await open(jump.hostKey, bench.hostKey);
      expect(await appliance.inspect()).toMatchObject({ hostKey: bench.hostKey, serviceUp: true });
      await appliance.close();
      await expect(open(bench.hostKey, bench.hostKey)).rejects.toThrow(JUMP_ADDRESS);
      await expect(open(jump.hostKey, jump.hostKey)).rejects.toThrow('127.0.0.1');
    } finally {
      await jump.close();
      await bench.close();
    }
  });
});
