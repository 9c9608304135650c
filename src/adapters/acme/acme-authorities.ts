// The authorities of our settings, opened over RFC 8555; none of them sees another's roots, nonces or directory.

import { Problem } from '../../domain/problem.ts';
import type { AcmeAccount, Authorities, Authority, AuthorityDescription } from '../../ports/authority.ts';
import type { Network } from '../../ports/network.ts';
import { AcmeAuthority } from './acme-authority.ts';
import { AcmeEndpoint } from './acme-endpoint.ts';

export interface AcmeAuthoritySettings {
  /** https; every URL the authority names must be at the same origin. */
  readonly directoryUrl: string;

  /** PEM. The only roots trusted for the authority's own HTTPS. @default - Node's */
  readonly roots?: readonly string[];

  /** `mailto:` URLs (RFC 8555, 7.3). @default - none */
  readonly contact?: readonly string[];

  /** Of one call of the port with all its requests. @default 30000 */
  readonly timeoutMs?: number;
}

export interface AcmeAuthoritiesOptions {
  readonly network: Network;
  readonly settings: Readonly<Record<string, AcmeAuthoritySettings>>;

  /** For dates in `Retry-After` and the age of a directory. @default - the machine's clock */
  readonly now?: () => Date;
}

interface Entry {
  readonly endpoint: AcmeEndpoint;
  readonly contact: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** A directory URL that is not https is a `bad-request` problem. */
export class AcmeAuthorities implements Authorities {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor({ network, settings, now = () => new Date() }: AcmeAuthoritiesOptions) {
    this.#entries = new Map(
      Object.entries(settings).map(
        ([authorityId, { directoryUrl, roots, contact = [], timeoutMs = DEFAULT_TIMEOUT_MS }]) => {
          const url = parseDirectoryUrl(authorityId, directoryUrl);
          return [
            authorityId,
            { endpoint: new AcmeEndpoint({ network, authorityId, directoryUrl: url, roots, timeoutMs, now }), contact },
          ];
        },
      ),
    );
  }

  ids(): readonly string[] {
    return [...this.#entries.keys()];
  }

  async open(authorityId: string, account: AcmeAccount): Promise<Authority> {
    const { endpoint, contact } = this.#get(authorityId);
    return new AcmeAuthority(endpoint, account, contact);
  }

  async describe(authorityId: string): Promise<AuthorityDescription> {
    const { endpoint } = this.#get(authorityId);
    const { meta } = await endpoint.directory(endpoint.deadline());
    return { caaIdentities: meta.caaIdentities };
  }

  #get(authorityId: string): Entry {
    const entry = this.#entries.get(authorityId);
    if (entry) return entry;
    const known = this.ids().toSorted().join(', ');
    throw new Problem('bad-request', `no authority "${authorityId}"; known authorities: ${known}`, {
      field: 'authority',
    });
  }
}

function parseDirectoryUrl(authorityId: string, text: string): URL {
  const field = `settings.${authorityId}.directoryUrl`;
  if (!URL.canParse(text)) throw new Problem('bad-request', `${field}: "${text}" is not a URL`, { field });
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new Problem('bad-request', `${field}: "${text}" is not https`, { field });
  return url;
}
