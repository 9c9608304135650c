// Every alarm has a page in the runbook, somebody who hears it, and something in the source that it counts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { didNotRun, LEAST_LIFETIME_SHARE, logAlarms, otherAlarms, patternOf } from '../../cdk/alarm-table.ts';
import { MISSED, schedules } from '../../cdk/constructs/schedules.ts';
import { metrics, ROLLED_BACK } from '../../lambdas/settings.ts';
import { isProblemCode } from '../../src/domain/problem.ts';
import { OVERDUE_SHARE } from '../../src/domain/renewal.ts';
import { type Resource, templates } from './templates.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { service } = templates();
const alarms = service.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
const nameOf = ({ properties }: Resource): string => properties.AlarmName.replace('ucx-certs-example-', '');
const named = (name: string) => alarms.find((alarm) => nameOf(alarm) === name)?.properties;

describe('docs/runbook.md', () => {
  const text = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const [, pages = ''] = text.split('## Alarms');
  const [ours = ''] = pages.split('\n## ');
  const headings = [...ours.matchAll(/^### (.*)$/gm)].map((match) => match[1]);

  it('has a heading for every alarm, and for no other', () => {
    expect(headings.toSorted()).toEqual(alarms.map(nameOf).sort());
  });

  it('says of each what it means, what to look at, what to do, and when it clears', () => {
    const sections = ours.split(/^### /m).slice(1);
    const words = ['Meaning', 'Look at', 'Do', 'Clears when'];
    const lacking = sections.filter((section) => words.some((word) => !section.includes(`**${word}.** `)));
    expect(lacking.map((section) => section.split('\n')[0])).toEqual([]);
  });
});

describe('every alarm', () => {
  it('is told when it rings and when it is over, and says where to read on', () => {
    for (const alarm of alarms) {
      expect(alarm.properties.AlarmActions).toHaveLength(1);
      expect(alarm.properties.OKActions).toEqual(alarm.properties.AlarmActions);
      expect(alarm.properties.AlarmDescription).toContain(`docs/runbook.md, "${nameOf(alarm)}"`);
    }
  });

  it('on lines of the log counts codes that are ours and sentences that are written', () => {
    expect(logAlarms.flatMap(({ codes = [] }) => codes).filter((code) => !isProblemCode(code))).toEqual([]);
    const source = ['src/steps', 'src/workflows', 'src/api']
      .flatMap((folder) =>
        readdirSync(join(root, folder)).map((file) => readFileSync(join(root, folder, file), 'utf8')),
      )
      .join('\n');
    const unwritten = logAlarms
      .flatMap(({ sentences = [] }) => sentences)
      .filter((sentence) => !new RegExp(`\\blog\\.\\w+\\(\\s*'${sentence}'`).test(source));
    // What a step answers is known to its function alone, which says it in this sentence.
    expect(unwritten).toEqual([ROLLED_BACK]);
  });

  it('on lines of the log has its filter', () => {
    const filters = service.filter(({ type }) => type === 'AWS::Logs::MetricFilter');
    const wanted = logAlarms.map((alarm) => [alarm.name, patternOf(alarm)]);
    expect(
      filters.map(({ properties }) => [properties.MetricTransformations[0].MetricName, properties.FilterPattern]),
    ).toEqual(wanted);
    expect(patternOf({ name: 'n', meaning: 'm', codes: ['a'], sentences: ['b c'], atLeast: 1, minutes: 5 })).toBe(
      '{ ($.code = "a") || ($.message = "b c") }',
    );
  });

  it('watches each schedule for not having come', () => {
    for (const [name, minutes] of Object.entries(schedules)) {
      expect(named(didNotRun(name))).toMatchObject({
        MetricName: 'Invocations',
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
        Period: Math.max(minutes * MISSED, 5) * 60,
        Dimensions: [{ Name: 'FunctionName', Value: `ucx-certs-example-${name}` }],
      });
    }
  });

  it('rings by the certificate that is served, at the share of its lifetime at which our people are told', () => {
    expect(LEAST_LIFETIME_SHARE).toBe(OVERDUE_SHARE);
    expect(named('served-certificate-near-its-end')).toMatchObject({
      Namespace: metrics.namespace,
      MetricName: metrics.leastLifetimeLeft,
      Statistic: 'Minimum',
      Threshold: OVERDUE_SHARE,
      TreatMissingData: 'breaching',
    });
  });

  it('takes no word for a bad word where silence is what it looks for, and nowhere else', () => {
    const silent = alarms.filter(({ properties }) => properties.TreatMissingData === 'breaching').map(nameOf);
    expect(silent.sort()).toEqual(
      [...Object.keys(schedules).map(didNotRun), 'order-past-its-window', 'served-certificate-near-its-end'].sort(),
    );
  });

  it('looks at every run that failed or timed out', () => {
    const counted = JSON.stringify(named('execution-failed')?.Metrics);
    expect(counted.match(/DurableExecutionFailed/g)).toHaveLength(4);
    expect(counted.match(/DurableExecutionTimedOut/g)).toHaveLength(4);
  });

  it('is on the page for whoever is on call', () => {
    const [page] = service.filter(({ type }) => type === 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(page?.properties.DashboardBody);
    expect(alarms.filter(({ id }) => !body.includes(id))).toEqual([]);
    expect(Object.keys(otherAlarms).length + logAlarms.length + Object.keys(schedules).length).toBe(alarms.length);
  });
});
