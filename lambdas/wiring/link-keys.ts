// The keys that sign the links in mails.

import { SecretLinkKeys } from '../../src/adapters/aws/secret-keys.ts';
import { secretNames, setting } from '../settings.ts';
import { secrets } from './secrets.ts';

export function linkKeys(): SecretLinkKeys {
  return new SecretLinkKeys({ secrets: secrets(), name: secretNames.linkKeys(setting('prefix')) });
}
