// What it takes to tell people by mail: SES, the keys of the links in it, and who else hears of what.

import type { Services } from '../../src/steps/services.ts';
import { linkKeys } from './link-keys.ts';
import { mail } from './mail.ts';
import { serviceSettings } from './service-settings.ts';

export function telling(): Pick<Services, 'linkKeys' | 'mail' | 'settings'> {
  return { linkKeys: linkKeys(), mail: mail(), settings: serviceSettings() };
}
