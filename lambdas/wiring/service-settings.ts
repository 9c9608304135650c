// Settings of the service, from those of the deployment stage and what the stack has set.

import { rootCertificates } from 'node:tls';
import type { Settings } from '../../src/steps/services.ts';
import { settings as names } from '../settings.ts';
import { stage } from './stage.ts';

/** What a function was not given stands empty here, and nothing of it is read there. */
export function serviceSettings(): Settings {
  const { profiles, opsAddresses, partners, delegationZone, mail } = stage();
  const of = <Value>(pick: (partner: (typeof partners)[string]) => Value | undefined) =>
    Object.fromEntries(
      Object.entries(partners).flatMap(([id, partner]) => {
        const value = pick(partner);
        return value === undefined ? [] : [[id, value] as const];
      }),
    );
  const egress = process.env[names.egressAddress] ?? '';
  return {
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([id, profile]) => [
        id,
        {
          ...profile,
          id,
          jump: profile.jump,
          serviceGroup: profile.serviceGroup,
          commands: { ...profile.commands, calls: profile.commands.calls },
        },
      ]),
    ),
    roots: rootCertificates,
    publicRoots: rootCertificates,
    opsAddresses,
    grants: of(({ grants }) => grants),
    restartsAtOnce: of(({ restartsAtOnce }) => restartsAtOnce),
    delegationZone,
    publicKeys: of(({ publicKeys }) => publicKeys),
    egress: egress === '' ? [] : [egress],
    mailDomain: mail.address.slice(mail.address.indexOf('@') + 1),
    mailAddress: mail.address,
    linkBase: process.env[names.linkBase] ?? '',
  };
}
