// Every function as it is deployed: its limits, its log, its settings, where its failures go; the durable ones keep what runs wait in.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handlerFile } from '../../cdk/bundle.ts';
import { type FunctionName, functions, reachesServers } from '../../cdk/functions.ts';
import { isWorkflow, settingsFor } from '../../cdk/rights.ts';
import { parseStage } from '../../cdk/stage-settings.ts';
import { settings } from '../../lambdas/settings.ts';
import { catalogue } from '../../src/steps/catalogue.ts';
import { exampleSettings, makeTemplates, type Resource, templates } from './templates.ts';

const names = Object.keys(functions) as FunctionName[];

const { service } = templates();
const lambdas = service.filter(({ type }) => type === 'AWS::Lambda::Function');

describe('the functions', () => {
  it('are one for each step, trigger and workflow', () => {
    expect(lambdas.map(nameOf).sort()).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(Object.keys(catalogue)));
  });

  it('have a handler each: `npm run deploy` refuses before', () => {
    expect(names.filter((name) => !existsSync(handlerFile(name)))).toEqual([]);
  });

  it('have names that fit, with any name of a stage', () => {
    const longest = 'ucx-certs-'.length + 12 + 1;
    expect(names.filter((name) => longest + name.length > 64)).toEqual([]);
  });

  it.each(lambdas.map((lambda) => [nameOf(lambda), lambda] as const))(
    '%s is limited, logged and traced',
    (name, lambda) => {
      const { properties } = lambda;
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Description: functions[name].description,
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      expect(properties.Timeout).toBe(functions[name].timeoutSeconds ?? 60);
      expect(properties.Timeout).toBeLessThanOrEqual(900);
      expect(properties.Environment.Variables.NODE_OPTIONS).toContain('--enable-source-maps');
      expect(properties.DeadLetterConfig === undefined).toBe(functions[name].isAsynchronous !== true);
    },
  );

  it.each(lambdas.map((lambda) => [nameOf(lambda), lambda] as const))(
    '%s has the settings it reads, and no other',
    (name, lambda) => {
      const { NODE_OPTIONS, ...variables } = lambda.properties.Environment.Variables;
      expect(Object.keys(variables).sort()).toEqual(
        settingsFor(name)
          .map((one) => settings[one])
          .sort(),
      );
      expect(NODE_OPTIONS).toBeDefined();
    },
  );

  it('write to one log, which is kept as long as the settings say and no longer', () => {
    const groups = service.filter(({ type }) => type === 'AWS::Logs::LogGroup');
    expect(groups.map(({ properties }) => properties.RetentionInDays)).toEqual(groups.map(() => 180));
    expect(new Set(lambdas.map(({ properties }) => properties.LoggingConfig.LogGroup.Ref)).size).toBe(1);
  });

  it('are called through an alias alone', () => {
    const aliases = service.filter(({ type }) => type === 'AWS::Lambda::Alias');
    expect(aliases.map(({ properties }) => properties.Name)).toEqual(names.map(() => 'live'));
  });
});

describe('the durable functions', () => {
  const durable = lambdas.filter(({ properties }) => properties.DurableConfig !== undefined);

  it('are the workflows', () => {
    expect(durable.map(nameOf).sort()).toEqual(names.filter(isWorkflow).sort());
  });

  it('may wait a year, and are remembered as long as the settings say', () => {
    for (const { properties } of durable)
      expect(properties.DurableConfig).toEqual({ ExecutionTimeout: 365 * 86_400, RetentionPeriodInDays: 30 });
  });

  it('keep every version: an execution goes on in the one it began with', () => {
    const versions = service.filter(({ type }) => type === 'AWS::Lambda::Version');
    const kept = versions.filter((version) => {
      return version.deletionPolicy === 'Retain' && version.updateReplacePolicy === 'Retain';
    });
    expect(kept.map((version) => version.properties.FunctionName.Ref).sort()).toEqual(
      durable.map(({ id }) => id).sort(),
    );
  });
});

describe('the address of our own', () => {
  const inNetwork = (resources: readonly Resource[]) =>
    resources.filter(({ type, properties }) => type === 'AWS::Lambda::Function' && properties.VpcConfig !== undefined);

  it('is that of the steps that log in to servers, and of nothing else', () => {
    expect(inNetwork(service).map(nameOf).sort()).toEqual(
      names.filter((name) => reachesServers(functions[name])).sort(),
    );
    expect(inNetwork(service).map(nameOf)).not.toContain('look-outside');
  });

  it('is of the state stack, and one', () => {
    const gateways = service.filter(({ type }) => type === 'AWS::EC2::NatGateway');
    expect(gateways).toHaveLength(1);
    expect(service.filter(({ type }) => type === 'AWS::EC2::EIP')).toEqual([]);
    expect(JSON.stringify(gateways[0]?.properties.AllocationId)).toContain('egressallocationid');
  });

  it('lets nobody in', () => {
    const [group] = service.filter(({ type }) => type === 'AWS::EC2::SecurityGroup');
    expect(group?.properties.SecurityGroupIngress).toBeUndefined();
  });

  it('is left out, with its network, where the settings want none', () => {
    const without = makeTemplates(parseStage('example', { ...exampleSettings(), egress: 'none' }));
    expect(without.service.filter(({ type }) => type.startsWith('AWS::EC2::'))).toEqual([]);
    expect(without.state.filter(({ type }) => type.startsWith('AWS::EC2::'))).toEqual([]);
    expect(inNetwork(without.service)).toEqual([]);
    expect(without.statements.filter(({ sid }) => sid === 'JoinNetwork')).toEqual([]);
  });
});

function nameOf({ properties }: Resource): FunctionName {
  return properties.FunctionName.replace('ucx-certs-example-', '');
}
