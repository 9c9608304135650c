// Where what failed for good and what alarms say is left: a queue and a topic, encrypted with a key of their own.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { prefixOf } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';

/** As long as SQS keeps anything. */
const KEPT_DAYS = 14;

export class Messages extends Construct {
  readonly key: Key;
  readonly failures: Queue;
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, stage: StageSettings) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `UCx certificates (${stage.name}): alarms and reports about mails on their way`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    for (const service of ['cloudwatch.amazonaws.com', 'ses.amazonaws.com'])
      this.key.grantEncryptDecrypt(
        new ServicePrincipal(service, { conditions: { StringEquals: { 'aws:SourceAccount': stage.account } } }),
      );
    this.failures = new Queue(this, 'Failures', {
      queueName: `${prefixOf(stage)}-failures`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(KEPT_DAYS),
    });
    this.alarms = new Topic(this, 'Alarms', { masterKey: this.key, enforceSSL: true });
    for (const address of stage.alarmAddresses) this.alarms.addSubscription(new EmailSubscription(address));
  }
}
