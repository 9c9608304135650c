// One page for whoever is on call: what rings, how the runs stand, how near the ends are.

import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metrics } from '../../lambdas/settings.ts';
import { type FunctionName, functions, workflowFunctions } from '../functions.ts';
import { prefixOf } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';

export interface OverviewProps {
  readonly stage: StageSettings;
  readonly alarms: readonly Alarm[];
}

const PERIOD = Duration.minutes(15);

export class Overview extends Construct {
  constructor(scope: Construct, id: string, { stage, alarms }: OverviewProps) {
    super(scope, id);
    const ofFunction = (name: string, metricName: string, statistic: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { FunctionName: `${prefixOf(stage)}-${name}` },
        statistic,
        period: PERIOD,
        label: name,
      });
    const runs = Object.keys(workflowFunctions);
    const names = Object.keys(functions) as FunctionName[];
    const graph = (title: string, left: Metric[]) => new GraphWidget({ title, left, width: 12, height: 6 });
    new Dashboard(this, 'Page', {
      dashboardName: prefixOf(stage),
      widgets: [
        [
          new TextWidget({
            markdown: 'What to do about an alarm: docs/runbook.md, by its name.',
            width: 24,
            height: 1,
          }),
        ],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 6 })],
        [
          graph(
            'Runs under way',
            runs.map((name) => ofFunction(name, 'ApproximateRunningDurableExecutions', Stats.MAXIMUM)),
          ),
          graph(
            'Runs that failed',
            runs.map((name) => ofFunction(name, 'DurableExecutionFailed', Stats.SUM)),
          ),
        ],
        [
          graph(
            'Errors',
            names.map((name) => ofFunction(name, 'Errors', Stats.SUM)),
          ),
          graph('Least lifetime left, share', [
            new Metric({
              namespace: metrics.namespace,
              metricName: metrics.leastLifetimeLeft,
              dimensionsMap: { stage: stage.name },
              statistic: Stats.MINIMUM,
              period: Duration.hours(1),
            }),
          ]),
        ],
      ],
    });
  }
}
