// Takes a partner's former SSH keys away from a server that was proven to let the new one in.

import { withoutFormerSshKeys } from '../domain/server.ts';
import { sshKeyId } from '../domain/ssh-public-key.ts';
import { changeItem, serverKey } from './records.ts';
import { findSshKeys, type SshMoveInput } from './ssh-key-records.ts';
import { findMove, type Moved, type MoveNeeds, withServerKeys } from './ssh-move.ts';
import { done, step } from './step.ts';

/** All that were ever ours, also those of a rotation that did not reach this server; lines of others stay. Logged in with the new key, it cannot take that away. */
export const retireSshKey = step('retire-ssh-key', async (input: SshMoveInput, services: MoveNeeds) => {
  const move = await findMove(input, services);
  if (move === undefined) return done<Moved>({ superseded: true }, 'a newer key was drawn');
  const { server, access, key, isProven } = move;
  if (!isProven) return done<Moved>({ superseded: false }, 'the new key is not proven; nothing is taken away');
  if (server.formerSshKeysAt?.includes(input.node) === true) {
    const { keys } = await findSshKeys(input.partner, services);
    const ours = [...(services.settings.publicKeys?.[input.partner] ?? []), ...keys.map(({ publicKey }) => publicKey)];
    const former = ours.filter((publicKey) => sshKeyId(publicKey) !== key.keyId);
    await withServerKeys(access, services, (file) => file.retire(former));
    await changeItem(services.inventory, serverKey(input.partner, input.hostname), (now) =>
      withoutFormerSshKeys(now, input.node),
    );
  }
  return done<Moved>({ superseded: false }, `key ${key.generation} alone is let in`);
});
