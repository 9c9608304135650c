// The settings of a deployment stage are refused with every mistake by its field, before anything is made.

import { describe, expect, it } from 'vitest';
import { parseStage, readStage } from '../../cdk/stage-settings.ts';
import { exampleSettings } from './templates.ts';

function refusal(change: Readonly<Record<string, unknown>>, name = 'example'): string {
  try {
    parseStage(name, { ...exampleSettings(), ...change });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'taken';
}

describe('the settings of a deployment stage', () => {
  it('are those of the example', () => {
    expect(readStage('example')).toMatchObject({ name: 'example', egress: 'nat', defaultAuthority: 'letsencrypt' });
  });

  it.each([
    { field: 'account', change: { account: '12345' } },
    { field: 'region', change: { region: 'Frankfurt' } },
    { field: 'zones', change: { zones: [] } },
    { field: 'zones.0.hostedZoneId', change: { zones: [{ name: 'pbx.example.net', hostedZoneId: '/hostedzone/Z1' }] } },
    { field: 'delegationZone', change: { delegationZone: 'elsewhere.example.org' } },
    { field: 'delegationZone', change: { delegationZone: 'evilpbx.example.net' } },
    {
      field: 'partners.emetrotel.grants.0',
      change: { partners: { emetrotel: { grants: ['*'], scopes: ['orders:read'] } } },
    },
    {
      field: 'partners.emetrotel.scopes.0',
      change: { partners: { emetrotel: { grants: ['a.example'], scopes: ['all'] } } },
    },
    {
      field: 'partners.Emetrotel',
      change: { partners: { Emetrotel: { grants: ['a.example'], scopes: ['orders:read'] } } },
    },
    {
      field: 'authorities.x.directoryUrl',
      change: {
        authorities: { letsencrypt: valid(), x: { directoryUrl: 'http://ca.example', externalAccount: false } },
      },
    },
    { field: 'defaultAuthority', change: { defaultAuthority: 'nobody' } },
    { field: 'mail.address', change: { mail: { address: 'Certificates <c@example.net>', name: 'C' } } },
    { field: 'opsAddresses', change: { opsAddresses: [] } },
    {
      field: 'site.certificateArn',
      change: { site: { domain: 'c.example.net', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' } },
    },
    {
      field: 'signIn.callbackUrls.0',
      change: { signIn: { domainPrefix: 'x', callbackUrls: ['http://example.net/'] } },
    },
    { field: 'egress', change: { egress: 'proxy' } },
    { field: 'retention.logDays', change: { retention: { logDays: 100, auditDays: 400, executionDays: 30 } } },
    { field: 'retention.executionDays', change: { retention: { logDays: 90, auditDays: 400, executionDays: 91 } } },
    {
      field: 'profiles.p.commands.restart',
      change: { profiles: { p: { ...profile(), commands: { restart: 'a\nb', status: 's' } } } },
    },
    { field: '(all)', change: { password: 'x' } },
  ])('name $field', ({ field, change }) => {
    expect(
      refusal(change)
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(': ')[0]),
    ).toEqual([field]);
  });

  it('name all fields at fault at once, and the file', () => {
    const lines = refusal({ account: '1', region: 'x' }).split('\n');
    expect(lines[0]).toBe('cdk/stages/example.json does not fit:');
    expect(lines).toHaveLength(3);
  });

  it('belong to a stage whose name fits into every other name', () => {
    for (const name of ['Prod', 'prod-eu', 'averylongname1', '../etc', ''])
      expect(refusal({}, name)).toContain('is no name');
    expect(refusal({}, 'prod')).toBe('taken');
  });

  it('are looked for among the files there are', () => {
    expect(() => readStage('../stages/example')).toThrow('no deployment stage "../stages/example"; there are');
  });
});

function valid() {
  return { directoryUrl: 'https://ca.example/directory', externalAccount: false };
}

function profile() {
  return {
    account: 'a',
    sshPort: 22,
    sslConf: '/etc/ssl.conf',
    stagingFolder: '/var/lib/ucx-certs',
    commitTimeoutSeconds: 300,
    restartTimeoutSeconds: 60,
  };
}
