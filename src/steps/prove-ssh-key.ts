// Proves on the wire that a server lets a partner's new SSH key in, over a connection of its own; from then on it is the one in use there.

import { Problem, problemCode } from '../domain/problem.ts';
import { sshKeyIdOf, withSshKey } from '../domain/server.ts';
import { changeItem, serverKey } from './records.ts';
import { logInWith } from './server-login.ts';
import type { SshMoveInput } from './ssh-key-records.ts';
import { findMove, type Move, type Moved, type MoveNeeds } from './ssh-move.ts';
import { done, step } from './step.ts';

/**
 * Comes before anything is taken away, and is noted before that too: a run that is cut off here logs in with the new key next time. A refusal counts like every
 * other, and is not tried again by itself (`new-key-refused`).
 */
export const proveSshKey = step('prove-ssh-key', async (input: SshMoveInput, services: MoveNeeds) => {
  const move = await findMove(input, services);
  if (move === undefined) return done<Moved>({ superseded: true }, 'a newer key was drawn');
  const { key, isProven } = move;
  if (!isProven) {
    await logInWithNew(move, services);
    await changeItem(services.inventory, serverKey(input.partner, input.hostname), (server) =>
      sshKeyIdOf(server, input.node) === key.keyId ? server : withSshKey(server, input.node, key.keyId),
    );
  }
  return done<Moved>({ superseded: false }, `key ${key.generation} is let in, and in use from now on`);
});

/** Also reads its line there: a log-in that can do nothing would be no proof. */
async function logInWithNew({ access, key }: Move, services: MoveNeeds): Promise<void> {
  const { hostname } = access.request;
  try {
    const keys = await logInWith(access, key.keyId, services, (address) => services.serverKeys.open(address));
    try {
      if (await keys.holds(key.publicKey)) return;
    } finally {
      await keys.close();
    }
  } catch (error) {
    if (problemCode(error) !== 'ssh-authentication-refused') throw error;
    throw new Problem(
      'new-key-refused',
      `"${hostname}" has key ${key.generation} beside the one in use, and refuses it; nothing was taken away`,
      { cause: error },
    );
  }
  throw new Problem(
    'keys-not-changed',
    `"${hostname}" lets key ${key.generation} in, but not by the account's own file`,
  );
}
