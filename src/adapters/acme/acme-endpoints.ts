// The servers of the authorities in our settings, by name; none of them sees another's roots, nonces, connections or directory.

import { Problem } from '../../domain/problem.ts';
import type { Network } from '../../ports/network.ts';
import { AcmeEndpoint } from './acme-endpoint.ts';

export interface AcmeServer {
  /** https; every URL the authority names must be at the same origin. */
  readonly directoryUrl: string;

  /** PEM. The only roots trusted for the authority's own HTTPS. @default - Node's */
  readonly roots?: readonly string[];

  /** Of one call of the port with all its requests. @default 30000 */
  readonly timeoutMs?: number;
}

export interface AcmeEndpointsOptions {
  readonly network: Network;
  readonly settings: Readonly<Record<string, AcmeServer>>;

  /** For dates in `Retry-After`, the age of a directory and of a connection. @default - the machine's clock */
  readonly now?: () => Date;
}

export const DEFAULT_TIMEOUT_MS = 30_000;

/** A directory URL that is not https is a `bad-request` problem. */
export class AcmeEndpoints {
  readonly #endpoints: ReadonlyMap<string, AcmeEndpoint>;

  constructor({ network, settings, now = () => new Date() }: AcmeEndpointsOptions) {
    const entries = Object.entries(settings).map(([authorityId, server]) => {
      const { directoryUrl, roots, timeoutMs = DEFAULT_TIMEOUT_MS } = server;
      const url = parseDirectoryUrl(authorityId, directoryUrl);
      const endpoint = new AcmeEndpoint({ network, authorityId, directoryUrl: url, roots, timeoutMs, now });
      return [authorityId, endpoint] as const;
    });
    this.#endpoints = new Map(entries);
  }

  ids(): readonly string[] {
    return [...this.#endpoints.keys()];
  }

  /** An unknown one is a `bad-request` problem. */
  get(authorityId: string): AcmeEndpoint {
    const endpoint = this.#endpoints.get(authorityId);
    if (endpoint) return endpoint;
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
