// What ops decided, in the words of the service; trust is that of the roots Node brings along (Mozilla's), and of those added.

import { rootCertificates } from 'node:tls';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import type { Settings } from '../../src/steps/services.ts';
import { setting } from '../settings.ts';
import { readStageFile, type Stage, type StageProfile } from './stage.ts';

export function serviceSettings(): Settings {
  return settingsOf(readStageFile());
}

/** Addresses are read when they are asked for: few functions have them. */
export function settingsOf(stage: Stage): Settings {
  const { delegationZone, partners, mail, opsAddresses, profiles } = stage;
  return {
    profiles: mapped(profiles, profileOf),
    roots: [...rootCertificates, ...(stage.addedRoots ?? [])],
    publicRoots: rootCertificates,
    intermediates: stage.intermediates,
    opsAddresses,
    grants: mapped(partners, (_, { grants }) => grants),
    restartsAtOnce: known(partners, ({ restartsAtOnce }) => restartsAtOnce),
    delegationZone,
    publicKeys: known(partners, ({ publicKeys }) => publicKeys),
    mailDomain: mail.address.slice(mail.address.lastIndexOf('@') + 1),
    mailAddress: mail.address,
    get linkBase() {
      return setting('linkBase');
    },
    get egress() {
      const address = setting('egressAddress');
      return address === '' ? [] : [address];
    },
  };
}

function profileOf(id: string, profile: StageProfile): ConnectionProfile {
  const { jump, serviceGroup, commands } = profile;
  return { ...profile, id, jump, serviceGroup, commands: { ...commands, calls: commands.calls } };
}

function mapped<From, To>(
  from: Readonly<Record<string, From>>,
  make: (key: string, value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, make(key, value)]));
}

function known<Value>(
  partners: Stage['partners'],
  of: (partner: Stage['partners'][string]) => Value | undefined,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(partners).flatMap(([id, partner]) => {
      const value = of(partner);
      return value === undefined ? [] : [[id, value] as const];
    }),
  );
}
