// A deployment shows, asks, locks the state and only then lets the service follow.

import { describe, expect, it } from 'vitest';
import { type DeploymentTools, deploy } from '../../cdk/deployment.ts';
import { stackPolicy } from '../../cdk/stack-policy.ts';
import { templates } from './templates.ts';

const { stage } = templates();

function tools({ answer = 'example', fails = '', isNew = false } = {}): DeploymentTools & { readonly done: string[] } {
  const done: string[] = [];
  let stands = !isNew;
  return {
    done,
    cdk: async ([command = '', stack = '']) => {
      const what = command === 'diff' ? command : `${command} ${stack}`;
      done.push(what);
      stands ||= what === 'deploy State';
      return what === fails ? 1 : 0;
    },
    ask: async (question) => {
      done.push(`ask ${/account \d+/.exec(question)?.[0]}`);
      return answer;
    },
    setStackPolicy: async (stack, policy) => {
      done.push(`lock ${stack}${policy === JSON.stringify(stackPolicy) ? '' : ' otherwise'}`);
      return stands;
    },
    say: () => {},
  };
}

const LOCK = 'lock ucx-certs-example-state';

describe('a deployment', () => {
  it('shows what changes, asks, and locks the state before and after it', async () => {
    const used = tools();
    expect(await deploy(stage, used)).toBe(0);
    expect(used.done).toEqual(['diff', 'ask account 123456789012', LOCK, 'deploy State', LOCK, 'deploy Service']);
  });

  it('locks a state that was not there before', async () => {
    const used = tools({ isNew: true });
    expect(await deploy(stage, used)).toBe(0);
    expect(used.done.slice(-3)).toEqual(['deploy State', LOCK, 'deploy Service']);
  });

  it.each(['', 'y', 'yes', 'Example', 'prod'])('does nothing when it is answered "%s"', async (answer) => {
    const used = tools({ answer });
    expect(await deploy(stage, used)).toBe(1);
    expect(used.done).toEqual(['diff', 'ask account 123456789012']);
  });

  it.each([
    { fails: 'diff', last: 'diff' },
    { fails: 'deploy State', last: 'deploy State' },
    { fails: 'deploy Service', last: 'deploy Service' },
  ])('ends where $fails fails', async ({ fails, last }) => {
    const used = tools({ fails });
    expect(await deploy(stage, used)).toBe(1);
    expect(used.done.at(-1)).toBe(last);
  });
});
