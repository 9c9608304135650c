// What runs: every function with a role of its own, the ways in, the clocks, the alarms. It can be destroyed and deployed again.

import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type SettingName, settings } from '../lambdas/settings.ts';
import { Alarms } from './constructs/alarms.ts';
import { Egress } from './constructs/egress.ts';
import { HttpEntry } from './constructs/http-entry.ts';
import { configurationSetName, MailReports } from './constructs/mail-reports.ts';
import { Messages } from './constructs/messages.ts';
import { Overview } from './constructs/overview.ts';
import { Schedules } from './constructs/schedules.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { SignIn } from './constructs/sign-in.ts';
import { type FunctionName, functions, reachesServers } from './functions.ts';
import { logGroupName, parameters, prefixOf, tableName, vaultBucketName } from './names.ts';
import { type RightsWorld, rightsOf, settingsFor } from './rights.ts';
import type { StageSettings } from './stage-settings.ts';

export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, stage: StageSettings) {
    super(scope, id, {
      env: { account: stage.account, region: stage.region },
      stackName: `${prefixOf(stage)}-service`,
      description: 'UCx certificates: the service',
    });
    const messages = new Messages(this, 'Messages', stage);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: logGroupName(stage),
      retention: stage.retention.logDays,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const egress = stage.egress === 'nat' ? new Egress(this, 'Egress', stage) : undefined;
    const world: RightsWorld = {
      stage,
      inventoryKeyArn: this.#told(parameters.inventoryKeyArn(stage)),
      vaultKeyArn: this.#told(parameters.vaultKeyArn(stage)),
      secretsKeyArn: this.#told(parameters.secretsKeyArn(stage)),
      configurationSet: configurationSetName(stage),
    };
    const add = (name: FunctionName, values: Readonly<Partial<Record<SettingName, string>>>): Alias => {
      const environment = settingsFor(name).map((one) => [settings[one], values[one] ?? missing(name, one)]);
      const made = new ServiceFunction(this, name, {
        name,
        stage,
        environment: Object.fromEntries(environment),
        rights: rightsOf(name, world),
        logGroup,
        failures: messages.failures,
        ...(egress !== undefined && reachesServers(functions[name]) ? { network: egress } : {}),
      });
      return made.live;
    };

    const shapeToken = add('shape-token', {});
    const signIn = new SignIn(this, 'SignIn', { stage, shapeToken });
    const entry = new HttpEntry(this, 'Entry', { stage, signIn });
    const values: Readonly<Record<SettingName, string>> = {
      inventoryTable: tableName(stage),
      vaultBucket: vaultBucketName(stage),
      vaultKey: world.vaultKeyArn,
      prefix: prefixOf(stage),
      mailConfigurationSet: world.configurationSet,
      linkBase: entry.url,
      egressAddress: stage.egress === 'nat' ? this.#told(parameters.egressAddress(stage)) : '',
    };
    const others = (Object.keys(functions) as FunctionName[]).filter((name) => name !== 'shape-token');
    const live = new Map<FunctionName, Alias>(others.map((name) => [name, add(name, values)]));
    const receiver = (name: FunctionName) => live.get(name) ?? missing(name, 'alias');

    entry.leadTo(receiver('api'));
    new Schedules(this, 'Schedules', {
      stage,
      failures: messages.failures,
      receivers: {
        'start-due-renewals': receiver('start-due-renewals'),
        'deliver-events': receiver('deliver-events'),
        'sweep-stuck-orders': receiver('sweep-stuck-orders'),
        'watch-bypasses': receiver('watch-bypasses'),
      },
    });
    new MailReports(this, 'Mail', { stage, messages, receiver: receiver('note-bounce') });
    new EventBus(this, 'Events', { eventBusName: prefixOf(stage), description: 'What systems are told of orders' });
    const apiErrors = entry.api.metricServerError({ statistic: 'Sum' });
    const alarms = new Alarms(this, 'Alarms', { stage, messages, logGroup, apiErrors });
    new Overview(this, 'Overview', { stage, alarms: alarms.all });
  }

  /** Two, found by CloudFormation when it deploys: templates can be made without asking AWS. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  /** What the state stack wrote down; CloudFormation reads it when it deploys. */
  #told(parameter: string): string {
    return StringParameter.valueForStringParameter(this, parameter);
  }
}

function missing(name: string, what: string): never {
  throw new Error(`function "${name}" has no ${what}`);
}
