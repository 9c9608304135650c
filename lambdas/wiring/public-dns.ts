// Public DNS, asked of validating resolvers of three operators and of the domains' own name servers.

import { PublicResolvers } from '../../src/adapters/dns/public-resolvers.ts';

/** Cloudflare, Quad9, Google: each validates DNSSEC, and no two are run by the same people. */
const RESOLVERS = ['1.1.1.1', '9.9.9.9', '8.8.8.8'] as const;

export function publicDns(): PublicResolvers {
  return new PublicResolvers({ resolvers: RESOLVERS.map((address) => ({ address, port: 53 })) });
}
