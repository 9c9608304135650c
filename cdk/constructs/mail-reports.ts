// Mail through SES: who we send as, and what becomes of each mail, told to note-bounce.

import { CfnOutput } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
} from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { accept } from '../exceptions.ts';
import { prefixOf } from '../names.ts';
import { domainOf } from '../rights.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Messages } from './messages.ts';

export interface MailReportsProps {
  readonly stage: StageSettings;
  readonly messages: Messages;
  readonly receiver: IFunction;
}

export function configurationSetName(stage: StageSettings): string {
  return `${prefixOf(stage)}-mail`;
}

export class MailReports extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stage, messages, receiver }: MailReportsProps) {
    super(scope, id);
    const reports = new ConfigurationSet(this, 'Reports', {
      configurationSetName: configurationSetName(stage),
      reputationMetrics: true,
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
    });
    this.topic = new Topic(this, 'Topic', { masterKey: messages.key, enforceSSL: true });
    this.topic.grantPublish(
      new ServicePrincipal('ses.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stage.account } },
      }),
    );
    reports.addEventDestination('ToTopic', {
      destination: EventDestination.snsTopic(this.topic),
      events: [
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
      ],
    });
    this.topic.addSubscription(new LambdaSubscription(receiver, { deadLetterQueue: messages.failures }));
    accept(receiver, 'CloudFormation-Validate::W3694', 'the ARN of an alias is one of a function');
    const identity = new EmailIdentity(this, 'Sender', {
      identity: Identity.domain(domainOf(stage.mail.address)),
      configurationSet: reports,
    });
    for (const [index, { name, value }] of identity.dkimRecords.entries())
      new CfnOutput(this, `Dkim${index + 1}`, {
        description: 'CNAME to set for the sender',
        value: `${name} ${value}`,
      });
  }
}
