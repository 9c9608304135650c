// Puts a partner's new SSH key beside the one a server lets us in with, under the same restrictions; takes nothing away.

import { Problem } from '../domain/problem.ts';
import { authorizedKeyLines } from '../domain/server-account.ts';
import { accountFor } from './account-for.ts';
import type { SshMoveInput } from './ssh-key-records.ts';
import { findMove, type Moved, type MoveNeeds, withServerKeys } from './ssh-move.ts';
import { done, step } from './step.ts';

export const admitSshKey = step('admit-ssh-key', async (input: SshMoveInput, services: MoveNeeds) => {
  const move = await findMove(input, services);
  if (move === undefined) return done<Moved>({ superseded: true }, 'a newer key was drawn');
  const { server, access, key, isProven } = move;
  if (isProven) return done<Moved>({ superseded: false }, 'it lets the new key in already');
  const { connectionProfile } = access.request;
  const profile = services.settings.profiles[connectionProfile];
  if (profile === undefined) throw new Problem('profile-unknown', `no connection profile "${connectionProfile}"`);
  const account = accountFor(server, profile, [key.publicKey], services.settings);
  await withServerKeys(access, services, async (keys) => {
    for (const line of authorizedKeyLines(account)) await keys.admit(line);
  });
  return done<Moved>({ superseded: false }, `key ${key.generation} stands beside the one in use`);
});
