// One function of the service: its role, its code, its alias, and where its failures go.

import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Architecture, Function as Lambda, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LIVE } from '../../lambdas/settings.ts';
import { accept } from '../exceptions.ts';
import { functionCode } from '../function-code.ts';
import { type FunctionName, type FunctionSpec, functions } from '../functions.ts';
import { logArn, prefixOf } from '../names.ts';
import type { Right } from '../rights.ts';
import type { StageSettings } from '../stage-settings.ts';

export interface ServiceFunctionProps {
  readonly name: FunctionName;

  readonly stage: StageSettings;

  /** By the name of the environment variable. */
  readonly environment: Readonly<Record<string, string>>;

  readonly rights: readonly Right[];

  readonly logGroup: ILogGroup;

  /** Takes what an asynchronous function failed for good. */
  readonly failures: IQueue;

  /** Where it leaves by an address of ours. @default - it runs outside of any network of ours */
  readonly network?: { readonly vpc: IVpc; readonly securityGroup: ISecurityGroup };
}

/** Steps wait for DNS, authorities and servers; memory buys the CPU that loads the bundle. */
const MEMORY_MB = 512;
const TIMEOUT_SECONDS = 60;

/** An order may wait for a customer's records and then for a window for months; a year is the most AWS allows, and a day. */
const EXECUTION_DAYS = 365;

const TRACING: Right = {
  sid: 'WriteTraces',
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
  wildcards: 'AWS knows no narrower form of these actions',
};

const NETWORK: Right = {
  sid: 'JoinNetwork',
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
  wildcards: 'Lambda asks for these on everything, to make the interface before it has a name',
};

export class ServiceFunction extends Construct {
  readonly function: Lambda;
  readonly live: Alias;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { name, stage, environment, logGroup, failures, network } = props;
    const spec: FunctionSpec = functions[name];
    const isDurable = spec.calls !== undefined;

    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const policy = new Policy(this, 'Rights', { roles: [role] });
    const logging: Right = {
      sid: 'WriteLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${logArn(stage)}:*`],
      wildcards: 'the streams of one log group',
    };
    const failing: Right = { sid: 'LeaveFailures', actions: ['sqs:SendMessage'], resources: [failures.queueArn] };
    const all = [
      logging,
      TRACING,
      ...(network === undefined ? [] : [NETWORK]),
      ...(spec.isAsynchronous ? [failing] : []),
      ...props.rights,
    ];
    for (const right of all) policy.addStatements(statementOf(right));
    acceptWildcards(policy, all);

    this.function = new Lambda(this, 'Function', {
      functionName: `${prefixOf(stage)}-${name}`,
      description: spec.description,
      code: functionCode(name, stage),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: Duration.seconds(spec.timeoutSeconds ?? TIMEOUT_SECONDS),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      role: role.withoutPolicyUpdates(),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      ...(spec.isAsynchronous ? { deadLetterQueue: failures } : {}),
      ...(network === undefined ? {} : { vpc: network.vpc, securityGroups: [network.securityGroup] }),
      ...(isDurable
        ? {
            durableConfig: {
              executionTimeout: Duration.days(EXECUTION_DAYS),
              retentionPeriod: Duration.days(stage.retention.executionDays),
            },
            // Executions wait for weeks in the version they began with.
            currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
          }
        : {}),
    });
    this.function.node.addDependency(policy);
    if (isDurable)
      Annotations.of(this.function).acknowledgeInfo('aws-lambda:Function.DurableConfig', 'durable from its first day');
    this.live = new Alias(this, 'Live', { aliasName: LIVE, version: this.function.currentVersion });
  }
}

function acceptWildcards(policy: Policy, rights: readonly Right[]): void {
  for (const { resources, wildcards } of rights) {
    if (wildcards === undefined) continue;
    for (const resource of resources) accept(policy, `AwsSolutions-IAM5[Resource::${resource}]`, wildcards);
  }
}

function statementOf({ sid, actions, resources, conditions }: Right): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });
}
