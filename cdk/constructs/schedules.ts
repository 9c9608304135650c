// What comes by at intervals: each schedule gives its function the moment it was due, and has an alarm for when it does not come.

import { Duration } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { prefixOf } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';

/** Minutes between two comings. */
export const schedules = {
  'start-due-renewals': 60,
  'deliver-events': 1,
  'sweep-stuck-orders': 5,
  'watch-bypasses': 60,
} as const;

export type ScheduleName = keyof typeof schedules;

/** A schedule that has not come this many times in a row did not run. */
export const MISSED = 3;

export interface SchedulesProps {
  readonly stage: StageSettings;
  readonly receivers: Readonly<Record<ScheduleName, IFunction>>;
  readonly failures: IQueue;
}

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { stage, receivers, failures }: SchedulesProps) {
    super(scope, id);
    const group = new CfnScheduleGroup(this, 'Group', { name: prefixOf(stage) });
    const assumedBy = new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stage.account } },
    });
    const role = new Role(this, 'Role', { assumedBy });
    const policy = new Policy(this, 'Rights', { roles: [role] });
    policy.addStatements(
      new PolicyStatement({
        sid: 'CallScheduled',
        actions: ['lambda:InvokeFunction'],
        resources: Object.values(receivers).map(({ functionArn }) => functionArn),
      }),
      new PolicyStatement({ sid: 'LeaveFailures', actions: ['sqs:SendMessage'], resources: [failures.queueArn] }),
    );
    for (const name of Object.keys(schedules) as ScheduleName[]) {
      const schedule = new CfnSchedule(this, name, {
        name,
        groupName: group.ref,
        scheduleExpression: `rate(${schedules[name]} minute${schedules[name] === 1 ? '' : 's'})`,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: receivers[name].functionArn,
          roleArn: role.roleArn,
          input: JSON.stringify({ time: '<aws.scheduler.scheduled-time>' }),
          deadLetterConfig: { arn: failures.queueArn },
          // A late one decides as the one that was due, and the next comes anyway.
          retryPolicy: {
            maximumEventAgeInSeconds: Duration.minutes(Math.max(schedules[name], 5)).toSeconds(),
            maximumRetryAttempts: 2,
          },
        },
      });
      schedule.node.addDependency(policy);
    }
  }
}
