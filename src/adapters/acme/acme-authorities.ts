// The authorities of our settings, opened over RFC 8555; none of them sees another's roots, nonces or directory.

import type { AcmeAccount, Authorities, AuthorityDescription } from '../../ports/authority.ts';
import { AcmeAuthority } from './acme-authority.ts';
import { AcmeEndpoints, type AcmeEndpointsOptions, type AcmeServer } from './acme-endpoints.ts';
import { type ExternalAccountBinding, SignedAccount } from './acme-signed-account.ts';

export interface AcmeAuthoritySettings extends AcmeServer {
  /** `mailto:` URLs (RFC 8555, 7.3). @default - none */
  readonly contact?: readonly string[];

  /** Shown once, when the account is made. @default - none */
  readonly externalAccountBinding?: ExternalAccountBinding;

  /** The kind of leaf to order, by the authority's own name for it (draft-ietf-acme-profiles). @default - what the authority makes without */
  readonly acmeProfile?: string;

  /** Common name of the issuer of the last certificate of the chain we want, as `ISRG Root X1`. @default - the chain it sends first */
  readonly preferredChain?: string;
}

export interface AcmeAuthoritiesOptions extends AcmeEndpointsOptions {
  readonly settings: Readonly<Record<string, AcmeAuthoritySettings>>;
}

/** A directory URL that is not https is a `bad-request` problem. */
export class AcmeAuthorities implements Authorities {
  readonly #settings: ReadonlyMap<string, AcmeAuthoritySettings>;
  readonly #endpoints: AcmeEndpoints;

  constructor(options: AcmeAuthoritiesOptions) {
    this.#settings = new Map(Object.entries(options.settings));
    this.#endpoints = new AcmeEndpoints(options);
  }

  ids(): readonly string[] {
    return this.#endpoints.ids();
  }

  async open(authorityId: string, account: AcmeAccount): Promise<AcmeAuthority> {
    const endpoint = this.#endpoints.get(authorityId);
    const { contact = [], externalAccountBinding, acmeProfile, preferredChain } = this.#settings.get(authorityId) ?? {};
    const signed = new SignedAccount(endpoint, account, { contact, externalAccountBinding });
    return new AcmeAuthority(endpoint, signed, { acmeProfile, preferredChain });
  }

  async describe(authorityId: string): Promise<AuthorityDescription> {
    const endpoint = this.#endpoints.get(authorityId);
    const { meta } = await endpoint.directory(endpoint.deadline());
    return { caaIdentities: meta.caaIdentities };
  }
}
