// Logs in to a server under the rules that protect it: pinned host key, its own SSH key, and no more failed authentications than it forgives.

import { Problem, problemCode } from '../domain/problem.ts';
import { isSshStopped, MAX_FAILED_AUTHENTICATIONS, type ServerNode, sshKeyIdOf, withSshKey } from '../domain/server.ts';
import type { ApplianceAddress } from '../ports/appliances.ts';
import type { ServerAccess } from './open-server.ts';
import { changeItem, getItem, guardKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { findSshKeys, sshKeyRef } from './ssh-key-records.ts';

export type LoginNeeds = Pick<Services, 'inventory' | 'clock' | 'settings'>;

interface Closable {
  close(): Promise<void>;
}

type Open<Session extends Closable> = (address: ApplianceAddress) => Promise<Session>;

/**
 * With the key noted on the server; where that is refused and another was noted meanwhile, or a rotation could have been cut off or crossed by a set-up, with
 * one other, which is noted then. Each refusal counts. Problems: those of `Appliances.open`, `ssh-stopped`, `profile-unknown`.
 */
export async function logInTo<Session extends Closable>(
  access: ServerAccess,
  services: LoginNeeds,
  open: Open<Session>,
): Promise<Session> {
  const noted = await notedKey(access, services);
  try {
    return await logInWith(access, noted, services, open);
  } catch (error) {
    if (problemCode(error) !== 'ssh-authentication-refused') throw error;
    const other = await anotherKey(access, noted, services);
    if (other === undefined || (await isStopped(access, services))) throw error;
    const session = await logInWith(access, other.keyId, services, open);
    try {
      await changeItem(services.inventory, keyOf(access), (server) =>
        sshKeyIdOf(server, nodeOf(access)) === other.keyId ? server : withSshKey(server, nodeOf(access), other.keyId),
      );
      return session;
    } catch (cause) {
      await session.close();
      throw cause;
    }
  }
}

/** As `logInTo`, with this key and no other; undefined = the one the partner began with. */
export async function logInWith<Session extends Closable>(
  access: ServerAccess,
  keyId: string | undefined,
  services: LoginNeeds,
  open: Open<Session>,
): Promise<Session> {
  const { partner, request } = access;
  const { hostname, publicIp, connectionProfile } = request;
  const profile = services.settings.profiles[connectionProfile];
  if (profile === undefined) throw new Problem('profile-unknown', `no connection profile "${connectionProfile}"`);
  if (await isStopped(access, services)) {
    throw new Problem(
      'ssh-stopped',
      `"${hostname}" refused our SSH key ${MAX_FAILED_AUTHENTICATIONS} times in 24 hours; it blocks an address after six, so we stay away until a person ` +
        `has mended the key and cleared this (POST /v1/servers/${hostname}/clear-ssh-stop)`,
    );
  }
  const { value: server } = await getItem(services.inventory, keyOf(access));
  const hostKey = access.node === 'standby' ? server.standbyHostKey : server.hostKey;
  const sshKey = await sshKeyRef(partner, keyId, services);
  try {
    return await open({ address: publicIp, profile, hostKey, partner, sshKey });
  } catch (error) {
    if (problemCode(error) === 'ssh-authentication-refused') await countRefusal(access, services);
    throw error;
  }
}

async function notedKey(access: ServerAccess, { inventory }: LoginNeeds): Promise<string | undefined> {
  return sshKeyIdOf((await getItem(inventory, keyOf(access))).value, nodeOf(access));
}

/** The one noted since; else the newest; where that was tried, the one before. */
async function anotherKey(
  access: ServerAccess,
  tried: string | undefined,
  services: LoginNeeds,
): Promise<{ readonly keyId: string | undefined } | undefined> {
  const noted = await notedKey(access, services);
  if (noted !== tried) return { keyId: noted };
  const { keys } = await findSshKeys(access.partner, services);
  const newest = keys.at(-1);
  if (newest === undefined) return undefined;
  return { keyId: newest.keyId === tried ? keys.at(-2)?.keyId : newest.keyId };
}

async function isStopped({ partner, request }: ServerAccess, { inventory }: LoginNeeds): Promise<boolean> {
  return isSshStopped((await inventory.find(guardKey(partner, request.hostname)))?.value);
}

async function countRefusal({ partner, request }: ServerAccess, { inventory, clock }: LoginNeeds): Promise<void> {
  const key = guardKey(partner, request.hostname);
  const at = clock.now().toISOString();
  if ((await inventory.add(key, { failedAt: [at] })) !== undefined) return;
  await changeItem(inventory, key, (guard) => ({
    failedAt: [...guard.failedAt, at].slice(-MAX_FAILED_AUTHENTICATIONS),
  }));
}

function keyOf({ partner, request }: ServerAccess): ReturnType<typeof serverKey> {
  return serverKey(partner, request.hostname);
}

function nodeOf({ node }: ServerAccess): ServerNode {
  return node ?? 'main';
}
