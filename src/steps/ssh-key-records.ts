// What is kept of a partner's SSH keys: those that were drawn, and the rotation to the newest.

import * as keys from '../domain/inventory-key.ts';
import { Problem } from '../domain/problem.ts';
import type { ServerNode } from '../domain/server.ts';
import { rotationName, type SshRotation } from '../domain/ssh-rotation.ts';
import type { Key } from '../ports/inventory.ts';
import type { VaultRef } from '../ports/vault.ts';
import type { Services } from './services.ts';
import type { StepInput } from './step.ts';

export interface SshKey {
  /** 2 is the first that was drawn: a partner begins with a key of the settings. */
  readonly generation: number;
  /** `SHA256:…` */
  readonly keyId: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  readonly keyRef: VaultRef;
  readonly drawnAt: string;
}

export interface SshKeys {
  /** Oldest first. None is ever forgotten: a server that was away for long, or restored from a backup, lets an old one in. */
  readonly keys: readonly SshKey[];
  readonly rotation?: SshRotation | undefined;
}

export const sshKeysKey = (partner: string): Key<SshKeys> => ({
  partition: keys.sshKeysPartition(partner),
  sort: 'SSH-KEYS',
});

export async function findSshKeys(partner: string, { inventory }: Pick<Services, 'inventory'>): Promise<SshKeys> {
  return (await inventory.find(sshKeysKey(partner)))?.value ?? { keys: [] };
}

/** Undefined for the key a partner began with, which the vault need not have. `vault-item-missing` for a fingerprint we do not know. */
export async function sshKeyRef(
  partner: string,
  keyId: string | undefined,
  services: Pick<Services, 'inventory'>,
): Promise<VaultRef | undefined> {
  if (keyId === undefined) return undefined;
  const key = (await findSshKeys(partner, services)).keys.find((one) => one.keyId === keyId);
  if (key === undefined) throw new Problem('vault-item-missing', `SSH key ${keyId} of "${partner}" is not kept`);
  return key.keyRef;
}

/** A part of a rotation: one execution, and what its steps about the whole fleet are told. */
export interface RotationInput extends StepInput {
  readonly rotation: SshRotation;
}

/** Nobody's order, so its timeline is the partner's. */
export function rotationRun(partner: string, rotation: SshRotation): RotationInput {
  return { partner, orderId: 'SSH-KEY', visit: rotation.generation, rotation };
}

/** Idempotent by its name. */
export async function startRotation(
  partner: string,
  rotation: SshRotation,
  { executions }: Pick<Services, 'executions'>,
): Promise<void> {
  await executions.start('rotate-ssh-key', rotationName(partner, rotation), rotationRun(partner, rotation));
}

/** One server on its way to the key of that generation. */
export interface SshMoveInput extends StepInput {
  readonly hostname: string;
  readonly node: ServerNode;
  readonly generation: number;
}

/** The steps of a move, in their order. */
export const MOVE_STEPS = ['admit-ssh-key', 'prove-ssh-key', 'retire-ssh-key'] as const;

/** Its timeline is the server's, of this key. */
export function sshMove(
  partner: string,
  generation: number,
  { hostname, node }: { readonly hostname: string; readonly node: ServerNode },
): SshMoveInput {
  const orderId = `SSH-KEY#${hostname}${node === 'main' ? '' : '#standby'}`;
  return { partner, orderId, visit: generation, hostname, node, generation };
}
