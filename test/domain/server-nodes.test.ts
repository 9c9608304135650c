// Which SSH key each node of a server lets in, and which nodes have not moved to a newer one.

import { describe, expect, it } from 'vitest';
import {
  nodesToMove,
  type Server,
  serverNodes,
  sshKeyIdOf,
  withoutFormerSshKeys,
  withSshKey,
} from '../../src/domain/server.ts';

const KEY = `SHA256:${'K'.repeat(43)}`;
const single: Server = {
  partner: 'northwind',
  hostname: 'pbx.northwind.test',
  customer: 'Northwind Traders',
  publicIp: '203.0.113.10',
  sitePort: 21_326,
  connectionProfile: 'ucx-ssh',
};
const pair: Server = { ...single, standbyHostKey: `SHA256:${'S'.repeat(43)}` };

describe('the nodes of a server', () => {
  it('are one, and two once a standby was reached', () => {
    expect([serverNodes(single), serverNodes(pair)]).toEqual([['main'], ['main', 'standby']]);
    expect([nodesToMove(single, KEY), nodesToMove(pair, KEY)]).toEqual([['main'], ['main', 'standby']]);
  });

  it('move one by one: proven first, and moved when nothing older is let in', () => {
    const proven = withSshKey(pair, 'standby', KEY);
    expect([sshKeyIdOf(proven, 'main'), sshKeyIdOf(proven, 'standby')]).toEqual([undefined, KEY]);
    expect(nodesToMove(proven, KEY)).toEqual(['main', 'standby']);
    const both = withSshKey(proven, 'main', KEY);
    expect(both.formerSshKeysAt).toEqual(['standby', 'main']);
    const one = withoutFormerSshKeys(both, 'standby');
    expect(nodesToMove(one, KEY)).toEqual(['main']);
    const done = withoutFormerSshKeys(one, 'main');
    expect([nodesToMove(done, KEY), done.formerSshKeysAt]).toEqual([[], undefined]);
    expect(withoutFormerSshKeys(done, 'main').formerSshKeysAt).toBeUndefined();
  });

  it('are noted once, however often', () => {
    expect(withSshKey(withSshKey(single, 'main', KEY), 'main', undefined)).toMatchObject({
      sshKeyId: undefined,
      formerSshKeysAt: ['main'],
    });
  });
});
