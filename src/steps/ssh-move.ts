// One server on its way to another SSH key: which key, which node, and how it is reached.

import { Problem } from '../domain/problem.ts';
import { type Server, sshKeyIdOf } from '../domain/server.ts';
import type { AuthorizedKeys } from '../ports/server-keys.ts';
import { type ServerAccess, standbyOf } from './open-server.ts';
import { certificateKey, getItem, orderKey, serverKey } from './records.ts';
import { type LoginNeeds, logInTo } from './server-login.ts';
import type { Services } from './services.ts';
import { findSshKeys, type SshKey, type SshMoveInput } from './ssh-key-records.ts';

export type MoveNeeds = LoginNeeds & Pick<Services, 'serverKeys' | 'log'>;

/** What every step of a move answers; `superseded`: a newer key was drawn, and its own rotation has the server. */
export interface Moved {
  readonly superseded: boolean;
}

export interface Move {
  readonly server: Server;
  readonly access: ServerAccess;
  /** The key it moves to. */
  readonly key: SshKey;
  /** It lets us in with that key already, perhaps not alone. */
  readonly isProven: boolean;
}

/** Undefined where a newer key was drawn. */
export async function findMove(input: SshMoveInput, services: MoveNeeds): Promise<Move | undefined> {
  const { partner, hostname, node, generation } = input;
  const key = (await findSshKeys(partner, services)).keys.at(-1);
  if (key === undefined || key.generation !== generation) return undefined;
  const { value: server } = await getItem(services.inventory, serverKey(partner, hostname));
  const access = node === 'main' ? { partner, request: server } : await standbyAccess(server, services);
  return { server, access, key, isProven: sshKeyIdOf(server, node) === key.keyId };
}

/** Logged in with the key that is noted on the server; closes whatever happens. */
export async function withServerKeys<Value>(
  access: ServerAccess,
  services: MoveNeeds,
  work: (keys: AuthorizedKeys) => Promise<Value>,
): Promise<Value> {
  const keys = await logInTo(access, services, (address) => services.serverKeys.open(address));
  try {
    return await work(keys);
  } finally {
    await keys.close();
  }
}

/** Only orders say where a standby is: the one at work, or the one whose certificate is in service. */
async function standbyAccess(server: Server, { inventory }: MoveNeeds): Promise<ServerAccess> {
  const { partner, hostname, openOrderId } = server;
  const certificate = await inventory.find(certificateKey(partner, hostname));
  for (const id of [openOrderId, certificate?.value.orderId]) {
    const order = id === undefined ? undefined : await inventory.find(orderKey(partner, id));
    if (order?.value.request.standby !== undefined) return standbyOf(order.value);
  }
  throw new Problem('profile-unknown', `"${hostname}" had a standby, and no order says where it is now`);
}
