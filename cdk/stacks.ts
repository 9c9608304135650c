// The two stacks of a deployment stage, and the rules every template is held against.

import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ServiceStack } from './service-stack.ts';
import type { StageSettings } from './stage-settings.ts';
import { StateStack } from './state-stack.ts';

export interface Stacks {
  readonly state: StateStack;
  readonly service: ServiceStack;
}

/** Names cross by parameter, so the order is said: what the service reads must have been written. */
export function addStacks(app: App, stage: StageSettings): Stacks {
  const state = new StateStack(app, 'State', stage);
  const service = new ServiceStack(app, 'Service', stage);
  service.addStackDependency(state);
  Tags.of(app).add('service', 'ucx-certs');
  Tags.of(app).add('stage', stage.name);
  holdAgainstRules(app);
  return { state, service };
}

/** Exceptions are made at the thing they are about (`accept`). */
export function holdAgainstRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
