// Our account on one server, put together from its connection profile and the settings, as the set-up script and authorized_keys have it.

import type { Server } from '../domain/server.ts';
import type { ServerAccount } from '../domain/server-account.ts';
import type { ConnectionProfile } from '../ports/appliances.ts';
import type { Settings } from './services.ts';

/** What of it the script prints is judged where it is written (`domain/server-account.ts`). */
export function accountFor(
  { hostname, sitePort }: Pick<Server, 'hostname' | 'sitePort'>,
  profile: ConnectionProfile,
  publicKeys: readonly string[],
  { egress = [] }: Pick<Settings, 'egress'>,
): ServerAccount {
  const { restart, status, calls, web } = profile.commands;
  return {
    hostname,
    account: profile.account,
    publicKeys,
    egress,
    loopbackPorts: [sitePort, ...(web === undefined ? [] : [web.port])],
    stagingFolder: profile.stagingFolder,
    serviceGroup: profile.serviceGroup,
    sslConf: profile.sslConf,
    commands: [restart ?? '', status, calls ?? '', web?.check ?? '', web?.reload ?? ''],
  };
}
