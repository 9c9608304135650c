// What the activation script prints, taken apart: a hostile server may print anything.

import type { ActivationPhase, ActivationView } from '../../ports/appliances.ts';
import { cleaned } from './shell-words.ts';

const PHASES: readonly ActivationPhase[] = [
  'checking',
  'swapping',
  'restarting',
  'proving',
  'awaiting-commit',
  'committed',
  'restoring',
  'restored',
  'refused',
  'down',
];

const WEB_STATES = ['unfit', 'reloaded', 'stale'] as const;

const HAND_STATES = ['wanted', 'pressed', 'wanted-back'] as const;

export const NO_ACTIVATION: ActivationView = {
  activationId: undefined,
  fingerprint: undefined,
  phase: 'none',
  why: undefined,
  restarted: false,
  running: false,
  web: undefined,
  hand: undefined,
};

/** An id becomes a folder's name and a word of a command. */
export function isActivationId(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(text);
}

export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Undefined when this is no state of an activation. */
export function parseActivation(values: ReadonlyMap<string, string>, prefix = ''): ActivationView | undefined {
  const id = values.get(`${prefix}id`) ?? '';
  const fingerprint = values.get(`${prefix}fingerprint`) ?? '';
  const phase = PHASES.find((known) => known === values.get(`${prefix}phase`));
  if (!isActivationId(id) || !isFingerprint(fingerprint) || !phase) return undefined;
  const why = cleaned(values.get(`${prefix}why`) ?? '');
  const running = values.get(`${prefix}running`) === 'yes';
  const restarted = values.get(`${prefix}restarted`) === 'yes';
  const web = WEB_STATES.find((known) => known === values.get(`${prefix}web`));
  const hand = HAND_STATES.find((known) => known === values.get(`${prefix}hand`));
  return { activationId: id, fingerprint, phase, why: why === '' ? undefined : why, restarted, running, web, hand };
}
