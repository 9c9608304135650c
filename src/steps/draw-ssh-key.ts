// Draws the key pair a partner's servers are moved to: kept in the vault and noted before any server hears of it.

import { Problem } from '../domain/problem.ts';
import { parsePublicKey, sshKeyId } from '../domain/ssh-public-key.ts';
import type { SshKeyKind } from '../ports/server-keys.ts';
import { changeItem } from './records.ts';
import type { Services } from './services.ts';
import { findSshKeys, type RotationInput, type SshKey, sshKeysKey } from './ssh-key-records.ts';
import { done, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'serverKeys' | 'clock' | 'log' | 'settings'>;

/** Of two that begin at the same time both go on with the same pair: the vault keeps one per generation. */
export const drawSshKey = step('draw-ssh-key', async (input: RotationInput, services: Needs) => {
  const { partner, rotation } = input;
  const { generation } = rotation;
  const known = await findSshKeys(partner, services);
  const newest = known.keys.at(-1);
  if (newest !== undefined && newest.generation > generation)
    return done({ superseded: true }, `key ${newest.generation} is newer; servers move to that one`);
  const key = newest?.generation === generation ? newest : await draw(partner, generation, services);
  await changeItem(services.inventory, sshKeysKey(partner), (now) =>
    now.keys.some((one) => one.generation >= generation) ? now : { ...now, keys: [...now.keys, key] },
  );
  return done({ superseded: false }, `servers move to key ${generation}, ${key.keyId}`);
});

async function draw(partner: string, generation: number, services: Needs): Promise<SshKey> {
  const { vault, serverKeys, clock } = services;
  const drawn = await serverKeys.make(await kindOf(partner, services));
  const keyRef = await vault.putOnce(`partners/${partner}/ssh-key-${generation}`, Buffer.from(drawn));
  const publicKey = serverKeys.publicHalf(Buffer.from(await vault.get(keyRef)).toString());
  return { generation, keyId: sshKeyId(publicKey), publicKey, keyRef, drawnAt: clock.now().toISOString() };
}

/** As the one before: whoever began with RSA has servers that know nothing else. */
async function kindOf(partner: string, services: Needs): Promise<SshKeyKind> {
  const before = (await findSshKeys(partner, services)).keys.at(-1)?.publicKey ?? firstKeys(partner, services)[0];
  if (before === undefined)
    throw new Problem('profile-unknown', `no public SSH key is set for "${partner}"; its servers let nobody in yet`);
  const { type } = parsePublicKey(before);
  if (type === 'ssh-rsa') return 'rsa-3072';
  return type === 'ssh-ed25519' ? 'ed25519' : 'ecdsa-p256';
}

function firstKeys(partner: string, { settings }: Needs): readonly string[] {
  return settings.publicKeys?.[partner] ?? [];
}
