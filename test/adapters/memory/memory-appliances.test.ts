// Appliances in memory keep the contract.

import { describe } from 'vitest';
import { MemoryAppliances } from '../../../src/adapters/memory/memory-appliances.ts';
import type { ConnectionProfile } from '../../../src/ports/appliances.ts';
import { appliancesContract } from '../../contracts/appliances.ts';
import { makeRoot } from '../../support/leaves.ts';

const profile: ConnectionProfile = {
  id: 'memory',
  account: 'ucxcerts',
  sshPort: 22,
  jump: undefined,
  sslConf: '/etc/httpd/conf.d/ssl.conf',
  stagingFolder: '/var/lib/ucx-certs',
  serviceGroup: undefined,
  commands: { restart: 'restart', status: 'status', calls: undefined },
  commitTimeoutSeconds: 60,
  restartTimeoutSeconds: 60,
};

const HOST_KEY = `SHA256:${'A'.repeat(43)}`;

describe('MemoryAppliances', () => {
  appliancesContract(async () => {
    const appliances = new MemoryAppliances();
    const root = await makeRoot();
    let refusals = 0;
    const everything = () => [appliances.count('stage'), appliances.count('restart'), appliances.live().fingerprint];
    return {
      open: async ({ hostKey = HOST_KEY, key, at } = {}) => {
        appliances.turn({ unreachable: at === 'nowhere', refusesKey: key === 'stranger' });
        if (key === 'stranger') refusals += 1;
        return await appliances.open({ address: '203.0.113.10', profile, hostKey });
      },
      hostKey: HOST_KEY,
      name: 'pbx.northwind.test',
      sitePort: 21_326,
      makeSet: async () => await root.leaf({ names: ['pbx.northwind.test'] }),
      served: async () => appliances.served()?.fingerprint,
      restarts: async () => appliances.count('restart'),
      refusals: async () => refusals,
      everything: async () => everything(),
      live: async () => appliances.live().fingerprint,
      exposures: async () => [],
      cut: async () => undefined,
      close: async () => undefined,
    };
  });
});
