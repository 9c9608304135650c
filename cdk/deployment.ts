// A deployment in its order: what would change is shown, a person says the stage's name, the state comes first and is locked.

import { prefixOf } from './names.ts';
import { stackPolicy } from './stack-policy.ts';
import type { StageSettings } from './stage-settings.ts';

export interface DeploymentTools {
  /** Runs `cdk` with these arguments, its output on the terminal; the exit code. */
  cdk(args: readonly string[]): Promise<number>;
  /** What a person answers. */
  ask(question: string): Promise<string>;
  /** False where there is no such stack. */
  setStackPolicy(stack: string, policy: string): Promise<boolean>;
  say(line: string): void;
}

/** 0 = deployed, 1 = not. The policy is set before an update, and again after the first creation. */
export async function deploy(stage: StageSettings, tools: DeploymentTools): Promise<0 | 1> {
  const context = ['-c', `stage=${stage.name}`];
  const lock = () => tools.setStackPolicy(`${prefixOf(stage)}-state`, JSON.stringify(stackPolicy));
  if ((await tools.cdk(['diff', ...context])) !== 0) return 1;
  const answer = await tools.ask(
    `Deploy this to account ${stage.account}, ${stage.region}? Type the stage's name (${stage.name}): `,
  );
  if (answer.trim() !== stage.name) {
    tools.say('nothing was deployed');
    return 1;
  }
  await lock();
  if ((await tools.cdk(['deploy', 'State', '--require-approval', 'never', ...context])) !== 0) return 1;
  if (!(await lock())) {
    tools.say('the state stack has no stack policy: it was deployed, and is not to be found');
    return 1;
  }
  return (await tools.cdk(['deploy', 'Service', '--exclusively', '--require-approval', 'never', ...context])) === 0
    ? 0
    : 1;
}
