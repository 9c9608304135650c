// Every alarm of the table on what CloudWatch counts; each tells the same people, when it rings and when it is over.

import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { metrics } from '../../lambdas/settings.ts';
import { didNotRun, LEAST_LIFETIME_SHARE, type LogAlarm, logAlarms, otherAlarms, patternOf } from '../alarm-table.ts';
import { workflowFunctions } from '../functions.ts';
import { prefixOf } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Messages } from './messages.ts';
import { MISSED, type ScheduleName, schedules } from './schedules.ts';

export interface AlarmsProps {
  readonly stage: StageSettings;
  readonly messages: Messages;
  readonly logGroup: ILogGroup;
  readonly apiErrors: Metric;
}

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD: AT_LEAST, LESS_THAN_THRESHOLD: BELOW } = ComparisonOperator;

export class Alarms extends Construct {
  readonly all: readonly Alarm[];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.all = [
      ...logAlarms.map((alarm) => this.#onLines(alarm)),
      ...Object.keys(schedules).map((name) => this.#onSchedule(name as ScheduleName)),
      ...this.#others(),
    ];
  }

  #onLines(alarm: LogAlarm): Alarm {
    const namespace = `${metrics.namespace}/${this.#props.stage.name}`;
    new MetricFilter(this, `Count-${alarm.name}`, {
      logGroup: this.#props.logGroup,
      filterPattern: FilterPattern.literal(patternOf(alarm)),
      metricNamespace: namespace,
      metricName: alarm.name,
      metricValue: '1',
      defaultValue: 0,
    });
    const period = Duration.minutes(alarm.minutes);
    const metric = new Metric({ namespace, metricName: alarm.name, statistic: Stats.SUM, period });
    return this.#alarm(alarm.name, alarm.meaning, { metric, threshold: alarm.atLeast });
  }

  /** Nothing counted is the very thing it looks for. */
  #onSchedule(name: ScheduleName): Alarm {
    const metric = this.#ofFunction(name, 'Invocations', Duration.minutes(Math.max(schedules[name] * MISSED, 5)));
    return this.#alarm(didNotRun(name), `${name} has missed its times.`, {
      metric,
      threshold: 1,
      comparison: BELOW,
      isMissingBad: true,
    });
  }

  #others(): readonly Alarm[] {
    const { stage, messages, apiErrors } = this.#props;
    const reported = { namespace: metrics.namespace, dimensionsMap: { stage: stage.name }, period: Duration.hours(1) };
    const runs = Object.keys(workflowFunctions);
    const counted = runs.flatMap((name, index) =>
      ['DurableExecutionFailed', 'DurableExecutionTimedOut'].map((what, kind) => {
        return [`m${index}${kind}`, this.#ofFunction(name, what, Duration.minutes(5))] as const;
      }),
    );
    const failed = new MathExpression({
      expression: counted.map(([key]) => `FILL(${key}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(counted),
      period: Duration.minutes(5),
    });
    const rules: Readonly<Record<keyof typeof otherAlarms, Rule>> = {
      'served-certificate-near-its-end': {
        metric: new Metric({ ...reported, metricName: metrics.leastLifetimeLeft, statistic: Stats.MINIMUM }),
        threshold: LEAST_LIFETIME_SHARE,
        comparison: BELOW,
        isMissingBad: true,
        evaluationPeriods: MISSED,
        datapointsToAlarm: MISSED,
      },
      'order-past-its-window': {
        metric: new Metric({ ...reported, metricName: metrics.ordersPastWindow, statistic: Stats.MAXIMUM }),
        threshold: 1,
        isMissingBad: true,
      },
      'execution-failed': { metric: failed, threshold: 1 },
      'failures-left': {
        metric: messages.failures.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(5),
          statistic: Stats.MAXIMUM,
        }),
        threshold: 1,
      },
      'api-fails': { metric: apiErrors, threshold: 5 },
    };
    const names = Object.keys(otherAlarms) as (keyof typeof otherAlarms)[];
    return names.map((name) => this.#alarm(name, otherAlarms[name], rules[name]));
  }

  #ofFunction(name: string, metricName: string, period: Duration): Metric {
    const dimensionsMap = { FunctionName: `${prefixOf(this.#props.stage)}-${name}` };
    return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, statistic: Stats.SUM, period });
  }

  #alarm(name: string, meaning: string, rule: Rule): Alarm {
    const { metric, threshold, comparison = AT_LEAST, isMissingBad, evaluationPeriods = 1, datapointsToAlarm } = rule;
    const alarm = new Alarm(this, name, {
      alarmName: `${prefixOf(this.#props.stage)}-${name}`,
      alarmDescription: `${meaning} docs/runbook.md, "${name}"`,
      metric,
      threshold,
      comparisonOperator: comparison,
      evaluationPeriods,
      ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
      treatMissingData: isMissingBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const tell = new SnsAction(this.#props.messages.alarms);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    return alarm;
  }
}

interface Rule {
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default - at least */
  readonly comparison?: ComparisonOperator;
  /** Whether no word is a bad word. */
  readonly isMissingBad?: boolean;
  readonly evaluationPeriods?: number;
  readonly datapointsToAlarm?: number;
}
