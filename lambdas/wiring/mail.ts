// Mail through SES, from the one sender of the settings.

import { SESv2Client } from '@aws-sdk/client-sesv2';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { SesMail } from '../../src/adapters/mail/ses-mail.ts';
import { setting } from '../settings.ts';
import { readStageFile } from './stage.ts';

export function mail(): SesMail {
  const { name, address } = readStageFile().mail;
  return new SesMail({
    client: new SESv2Client(awsClientSettings),
    from: `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`,
    configurationSet: setting('mailConfigurationSet'),
  });
}
