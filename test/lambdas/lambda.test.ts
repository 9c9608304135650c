// A function opens nothing before its first call, and once; a token says whose it is from what administrators alone can set.

import { describe, expect, it } from 'vitest';
import { lambda } from '../../lambdas/lambda.ts';
import { liveFunction, secretNames, setting, settings } from '../../lambdas/settings.ts';
import { handler, type TokenEvent } from '../../lambdas/shape-token.ts';

describe('lambda', () => {
  it('wires with the first call, and once for all', async () => {
    let wired = 0;
    const handle = lambda(
      () => {
        wired += 1;
        return { number: wired };
      },
      async (event: string, services) => `${event} ${services.number}`,
    );
    expect(wired).toBe(0);
    expect(await Promise.all([handle('a', {}), handle('b', {})])).toEqual(['a 1', 'b 1']);
    expect(await handle('c', {})).toBe('c 1');
  });

  it('wires again when that failed', async () => {
    let attempts = 0;
    const handle = lambda(
      async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('no secret just now');
        return {};
      },
      async (event: string) => event,
    );
    await expect(handle('a', {})).rejects.toThrow('no secret just now');
    expect(await handle('b', {})).toBe('b');
    expect(attempts).toBe(2);
  });
});

describe('settings', () => {
  it('are read by their name, and missed by it', () => {
    expect(setting('prefix', { [settings.prefix]: 'ucx-certs-dev' })).toBe('ucx-certs-dev');
    expect(() => setting('vaultBucket', {})).toThrow('VAULT_BUCKET');
  });

  it('make names of functions and secrets', () => {
    expect(liveFunction('ucx-certs-dev', 'send-notice')).toBe('ucx-certs-dev-send-notice:live');
    expect(secretNames.sshKey('ucx-certs-dev', 'emetrotel')).toBe('ucx-certs-dev/ssh-key/emetrotel');
  });
});

describe('shape-token', () => {
  const ofPerson = (partner?: string, groups?: readonly string[]): TokenEvent => ({
    triggerSource: 'TokenGeneration_HostedAuth',
    request: {
      userAttributes: partner === undefined ? {} : { 'custom:partner': partner },
      groupConfiguration: { groupsToOverride: groups },
      scopes: ['openid', 'email', 'partner/other', 'ucx-certs/service:admin'],
    },
  });
  const ofClient = (...scopes: readonly string[]): TokenEvent => ({
    triggerSource: 'TokenGeneration_ClientCredentials',
    request: { scopes },
  });
  const shaped = async (event: TokenEvent) => {
    const { response } = await handler(event);
    return (response as { claimsAndScopeOverrideDetails: { accessTokenGeneration: unknown } })
      .claimsAndScopeOverrideDetails.accessTokenGeneration;
  };

  it('gives a person the partner an administrator wrote, and a scope for each group', async () => {
    expect(await shaped(ofPerson('emetrotel', ['orders:read', 'servers:admin', 'coffee club']))).toEqual({
      claimsToAddOrOverride: { partner: 'emetrotel' },
      scopesToAdd: ['ucx-certs/orders:read', 'ucx-certs/servers:admin'],
    });
  });

  it('takes no partner of a person from the scopes that were asked for', async () => {
    await expect(handler(ofPerson())).rejects.toThrow('no partner');
    await expect(handler(ofPerson('P#other#'))).rejects.toThrow('no partner');
  });

  it('gives a system the one partner its client is allowed', async () => {
    expect(await shaped(ofClient('partner/emetrotel', 'ucx-certs/orders:write'))).toEqual({
      claimsToAddOrOverride: { partner: 'emetrotel' },
      scopesToAdd: [],
    });
    await expect(handler(ofClient('ucx-certs/orders:write'))).rejects.toThrow('no partner');
    await expect(handler(ofClient('partner/a', 'partner/b'))).rejects.toThrow('no partner');
  });
});
