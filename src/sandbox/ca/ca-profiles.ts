// The kinds of leaf this CA offers (draft-ietf-acme-profiles), named and shaped like those of Let's Encrypt.

import { CaRefusal, quoted } from './ca-refusal.ts';

export type CaProfileName = 'classic' | 'tlsserver' | 'shortlived';

export interface CaProfile {
  /** For people, in the directory. */
  readonly description: string;
  readonly mostNames: number;
  /** Undefined: the dial `lifetimeDays` says it. */
  readonly lifetimeDays: number | undefined;
  /** Without common name, subject key identifier and, for RSA, key encipherment: nothing a TLS client of today looks at. */
  readonly lean: boolean;
}

/** https://letsencrypt.org/docs/profiles/ as of July 2026. */
export const caProfiles: Readonly<Record<CaProfileName, CaProfile>> = {
  classic: {
    description: 'with a common name, for everything that has always worked',
    mostNames: 100,
    lifetimeDays: undefined,
    lean: false,
  },
  tlsserver: { description: 'as small as a TLS server needs it, 45 days', mostNames: 25, lifetimeDays: 45, lean: true },
  shortlived: { description: 'like tlsserver, 160 hours', mostNames: 25, lifetimeDays: 160 / 24, lean: true },
};

/** What is issued when nobody says; the draft recommends that the order then shows it. */
const USUAL: CaProfileName = 'classic';

/**
 * `wanted` as it came in newOrder. Undefined where no profiles are offered and none is wanted. Refuses with `invalidProfile`
 * what is not among those `offered`, and with `malformed` an order with more names than the profile takes.
 */
export function chooseProfile(
  wanted: unknown,
  offered: readonly CaProfileName[],
  names: readonly string[],
): CaProfileName | undefined {
  const usual = offered.includes(USUAL) ? USUAL : offered[0];
  const profile = wanted === undefined ? usual : offered.find((name) => name === wanted);
  if (wanted !== undefined && profile === undefined) throw notOffered(wanted, offered);
  const { mostNames } = caProfiles[profile ?? USUAL];
  if (names.length <= mostNames) return profile;
  throw new CaRefusal('malformed', `order has more than ${mostNames} identifiers, the most of its profile`);
}

/** Of an order; one from before there were profiles is like every other. Refuses with `invalidProfile` if it is offered no more. */
export function profileToIssue(profile: CaProfileName | undefined, offered: readonly CaProfileName[]): CaProfile {
  if (profile === undefined) return caProfiles[USUAL];
  if (!offered.includes(profile)) throw notOffered(profile, offered);
  return caProfiles[profile];
}

function notOffered(profile: unknown, offered: readonly CaProfileName[]): CaRefusal {
  return new CaRefusal('invalidProfile', `profile ${quoted(profile)} is not offered; offered: ${offered.join(', ')}`);
}
