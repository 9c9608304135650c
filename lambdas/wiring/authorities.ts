// The authorities of the settings.

import { AcmeAuthorities, type AcmeAuthoritySettings } from '../../src/adapters/acme/acme-authorities.ts';
import { network } from './network.ts';
import { readStageFile, type StageAuthority } from './stage.ts';

/** For accounts that stand already. */
export function authorities(): AcmeAuthorities {
  return new AcmeAuthorities({ network: network(), settings: authoritySettings() });
}

export function authoritySettings(): Readonly<Record<string, AcmeAuthoritySettings>> {
  const entries = Object.entries(readStageFile().authorities);
  return Object.fromEntries(entries.map(([id, authority]) => [id, settingsOf(authority)]));
}

function settingsOf({
  directoryUrl,
  roots,
  contact,
  acmeProfile,
  preferredChain,
}: StageAuthority): AcmeAuthoritySettings {
  return {
    directoryUrl,
    ...(roots === undefined ? {} : { roots }),
    ...(contact === undefined ? {} : { contact }),
    ...(acmeProfile === undefined ? {} : { acmeProfile }),
    ...(preferredChain === undefined ? {} : { preferredChain }),
  };
}
