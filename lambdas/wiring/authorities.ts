// The authorities of the settings.

import { AcmeAuthorities, type AcmeAuthoritySettings } from '../../src/adapters/acme/acme-authorities.ts';
import { network } from './network.ts';
import { type StageAuthority, stage } from './stage.ts';

/** For accounts that stand already. */
export function authorities(): AcmeAuthorities {
  return new AcmeAuthorities({ network: network(), settings: authoritySettings() });
}

export function authoritySettings(): Readonly<Record<string, AcmeAuthoritySettings>> {
  const entries = Object.entries(stage().authorities);
  return Object.fromEntries(entries.map(([id, authority]) => [id, settingsOf(authority)]));
}

function settingsOf({ directoryUrl, contact, acmeProfile, preferredChain }: StageAuthority): AcmeAuthoritySettings {
  return {
    directoryUrl,
    ...(contact === undefined ? {} : { contact }),
    ...(acmeProfile === undefined ? {} : { acmeProfile }),
    ...(preferredChain === undefined ? {} : { preferredChain }),
  };
}
