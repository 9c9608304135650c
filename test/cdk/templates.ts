// Both templates of the example stage, made once for all tests of a worker, without bundles.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks, holdAgainstRules } from '../../cdk/stacks.ts';
import { parseStage, type StageSettings } from '../../cdk/stage-settings.ts';

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what CloudFormation has is read by the tests' own eyes.
  readonly properties: any;
}

export interface Statement {
  /** `api`, `Schedules`: the construct whose role has it. */
  readonly owner: string;
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Templates {
  readonly state: readonly Resource[];
  readonly service: readonly Resource[];
  readonly stage: StageSettings;
  /** As CloudFormation gets them. */
  readonly stateTemplate: unknown;
  readonly serviceTemplate: unknown;
  /** What every role of the service may do. */
  readonly statements: readonly Statement[];
  /** What the rules of CloudFormation and cdk-nag found, as `rule at construct`. */
  readonly violations: readonly string[];
}

let made: Templates | undefined;

export function exampleSettings(): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL('../../cdk/stages/example.json', import.meta.url), 'utf8'));
}

/** With an authority that wants an external account binding, so that its right is there to be looked at. */
export function templates(): Templates {
  made ??= makeTemplates(
    parseStage('example', {
      ...exampleSettings(),
      authorities: {
        ...(exampleSettings().authorities as object),
        bound: { directoryUrl: 'https://acme.example.org/directory', externalAccount: true },
      },
    }),
  );
  return made;
}

/** `isJudged`: also by the rules CDK brings for CloudFormation, which takes seconds. */
export function makeTemplates(stage: StageSettings, { isJudged = false } = {}): Templates {
  const outdir = mkdtempSync(join(tmpdir(), 'ucx-certs-cdk-'));
  try {
    const app = new App({
      outdir,
      context: { ...context(), 'aws:cdk:bundling-stacks': [] },
      analyticsReporting: false,
      builtinCloudFormationValidation: isJudged,
    });
    const stacks = addStacks(app, stage);
    const stateTemplate = Template.fromStack(stacks.state).toJSON();
    const serviceTemplate = Template.fromStack(stacks.service).toJSON();
    const service = resourcesOf(serviceTemplate);
    return {
      stage,
      stateTemplate,
      serviceTemplate,
      state: resourcesOf(stateTemplate),
      service,
      statements: statementsOf(service),
      violations: violationsIn(outdir),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What the rules find in stacks a test makes. */
export function judgedWith(add: (app: App) => void): readonly string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'ucx-certs-cdk-'));
  try {
    const app = new App({
      outdir,
      context: context(),
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    });
    add(app);
    holdAgainstRules(app);
    synthesize(app);
    return violationsIn(outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** A finding ends a synthesis; what was found is in the report. */
function synthesize(app: App): void {
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationFailed') throw error;
  }
}

function context(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')).context;
}

function resourcesOf(template: Record<string, Record<string, Record<string, string>>>): readonly Resource[] {
  return Object.entries(template.Resources ?? {}).map(([id, resource]) => ({
    id,
    type: resource.Type ?? '',
    deletionPolicy: resource.DeletionPolicy,
    updateReplacePolicy: resource.UpdateReplacePolicy,
    properties: resource.Properties ?? {},
  }));
}

function statementsOf(resources: readonly Resource[]): readonly Statement[] {
  const many = (value: unknown): readonly unknown[] =>
    Array.isArray(value) ? value : value === undefined ? [] : [value];
  return resources
    .filter(({ type }) => type === 'AWS::IAM::Policy')
    .flatMap(({ properties }) =>
      properties.PolicyDocument.Statement.map((statement: Record<string, unknown>) => ({
        owner: ownerOf(properties, resources),
        sid: String(statement.Sid ?? ''),
        actions: many(statement.Action).map(String),
        resources: many(statement.Resource),
        conditions: (statement.Condition ?? {}) as Statement['conditions'],
      })),
    );
}

/** A function by its name; anything else by the logical id of its role. */
function ownerOf(policy: { readonly Roles: readonly { readonly Ref: string }[] }, all: readonly Resource[]): string {
  const role = policy.Roles[0]?.Ref ?? '';
  const owner = all.find(
    ({ type, properties }) => type === 'AWS::Lambda::Function' && properties.Role['Fn::GetAtt'][0] === role,
  );
  return owner === undefined ? role : String(owner.properties.FunctionName).replace(/^ucx-certs-[a-z0-9]+-/, '');
}

function violationsIn(outdir: string): readonly string[] {
  const report = readReport(outdir);
  return report.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${pluginName} ${ruleName} at ${constructPath}`),
    ),
  );
}

interface PluginReport {
  readonly pluginName: string;
  readonly violations: readonly {
    readonly ruleName: string;
    readonly violatingConstructs: readonly { readonly constructPath: string }[];
  }[];
}

function readReport(outdir: string): readonly PluginReport[] {
  try {
    return JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')).pluginReports;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
