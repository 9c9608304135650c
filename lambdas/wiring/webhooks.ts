// Webhooks of partners, at public addresses alone.

import { HttpsWebhooks } from '../../src/adapters/https/https-webhooks.ts';
import { network } from './network.ts';

export function webhooks(): HttpsWebhooks {
  return new HttpsWebhooks({ network: network() });
}
