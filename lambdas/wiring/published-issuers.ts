// Issuers that certificates name, fetched from public addresses alone.

import { HttpPublishedIssuers } from '../../src/adapters/https/http-published-issuers.ts';
import { network } from './network.ts';

export function publishedIssuers(): HttpPublishedIssuers {
  return new HttpPublishedIssuers({ network: network() });
}
