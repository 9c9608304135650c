// The set-up script of our account: what it says, and that nothing gets into it that could be more than meant.

import { describe, expect, it } from 'vitest';
import {
  authorizedKeyLines,
  type ServerAccount,
  serverSetupScript,
  sudoersLines,
} from '../../src/domain/server-account.ts';

const KEY = `ssh-ed25519 ${'A'.repeat(68)}`;
const good: ServerAccount = {
  hostname: 'pbx.customer.example',
  account: 'ucxcerts',
  publicKeys: [KEY],
  egress: ['198.51.100.7', '2001:db8::/64'],
  loopbackPorts: [21_326, 443],
  stagingFolder: '/var/lib/ucx-certs',
  serviceGroup: 'asterisk',
  sslConf: '/etc/httpd/conf.d/ssl.conf',
  commands: [
    'sudo -n /sbin/service infinity_one restart',
    'service infinity_one status',
    'sudo -n /usr/sbin/httpd -t',
    'sudo -n /usr/sbin/httpd -t',
    '',
  ],
};

describe('the script', () => {
  it('lets one key in, from our addresses, to two ports of the loopback, without a terminal', () => {
    expect(authorizedKeyLines(good)).toEqual([
      `from="198.51.100.7,2001:db8::/64",no-pty,no-agent-forwarding,no-X11-forwarding,permitopen="127.0.0.1:21326",permitopen="127.0.0.1:443" ${KEY} ucx-certs`,
    ]);
    expect(authorizedKeyLines({ ...good, publicKeys: [KEY, KEY.replace('A', 'B')] })).toHaveLength(2);
  });

  it('gives root for the profile’s own commands and no other', () => {
    expect(sudoersLines(good)).toEqual([
      'Defaults:ucxcerts !requiretty',
      'ucxcerts ALL=(root) NOPASSWD: /sbin/service infinity_one restart',
      'ucxcerts ALL=(root) NOPASSWD: /usr/sbin/httpd -t',
    ]);
    expect(serverSetupScript({ ...good, commands: ['service infinity_one restart'] })).not.toContain('sudoers');
  });

  it('explains every part and says how to undo it', () => {
    const script = serverSetupScript(good);
    expect(script).toMatch(/^#!\/bin\/sh\n# Sets up the account/);
    expect(script.match(/^# \d\. /gm)).toEqual(['# 1. ', '# 2. ', '# 3. ', '# 4. ', '# 5. ']);
    expect(script).toContain('Do Not Block (Secure Shell):\n#   198.51.100.7 2001:db8::/64');
    expect(script).toContain(
      '# To undo all of it: userdel -r ucxcerts; rm -rf /var/lib/ucx-certs /etc/sudoers.d/ucx-certs',
    );
    expect(serverSetupScript({ ...good, serviceGroup: undefined })).not.toContain('asterisk');
    expect(serverSetupScript({ ...good, serviceGroup: '1000' })).toContain('usermod --append --groups 1000 ucxcerts');
  });

  it.each<{ what: string; change: Partial<ServerAccount> }>([
    { what: 'an account with a blank', change: { account: 'a b' } },
    { what: 'root by another name', change: { account: '$(id)' } },
    { what: 'a key with options of its own', change: { publicKeys: [`command="sh" ${KEY}`] } },
    { what: 'a key of two lines', change: { publicKeys: [`${KEY}\n${KEY}`] } },
    { what: 'no address of ours', change: { egress: [] } },
    { what: 'an address that is none', change: { egress: ['198.51.100.7"'] } },
    { what: 'everywhere, written oddly', change: { egress: ['*'] } },
    { what: 'a network that is none', change: { egress: ['198.51.100.0/33'] } },
    { what: 'a folder that ends the line', change: { stagingFolder: '/var/lib; rm -rf /' } },
    { what: 'a group that is none', change: { serviceGroup: 'a;b' } },
    { what: 'an ssl.conf that is a command', change: { sslConf: '$(reboot)' } },
    { what: 'a command with a wildcard', change: { commands: ['sudo -n /sbin/service * restart'] } },
    { what: 'a command that goes on', change: { commands: ['sudo -n /sbin/service infinity_one restart; sh'] } },
    { what: 'a command of two lines', change: { commands: ['sudo -n true\nucxcerts ALL=(ALL) NOPASSWD: ALL'] } },
    { what: 'a command that is looked for', change: { commands: ['sudo -n service infinity_one restart'] } },
    { what: 'another use of sudo', change: { commands: ['sudo -s'] } },
  ])('is not written for $what', ({ change }) => {
    expect(() => serverSetupScript({ ...good, ...change })).toThrow(
      expect.objectContaining({ name: 'profile-unknown' }),
    );
  });
});
