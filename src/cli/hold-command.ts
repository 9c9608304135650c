// `ucx-certs hold` and `ucx-certs resume`: the switch that keeps restarts from beginning.

import { Failure } from './failure.ts';
import type { Command } from './main.ts';
import { type Options, readOptions } from './options.ts';
import { ask } from './service-client.ts';

const HELP = `ucx-certs hold --reason TEXT [--profile PROFILE | --all]
ucx-certs resume [--profile PROFILE | --all]

Without --profile and --all: the restarts of your own servers. What has begun is not stopped.
`;

export const hold: Command = async (words, around) => {
  const { values } = readOptions(words, { reason: 'value', profile: 'value', all: 'flag' }, []);
  if (values.help === true) {
    around.write(HELP);
    return 0;
  }
  if (typeof values.reason !== 'string') throw new Failure('give --reason; whoever waits for a restart reads it');
  await ask('PUT', '/v1/hold', around, { body: { reason: values.reason, ...scopeOf(values) } });
  around.write(`on hold: ${describe(values)}\n`);
  return 0;
};

export const resume: Command = async (words, around) => {
  const { values } = readOptions(words, { profile: 'value', all: 'flag' }, []);
  if (values.help === true) {
    around.write(HELP);
    return 0;
  }
  await ask('DELETE', `/v1/hold?${new URLSearchParams(scopeOf(values))}`, around);
  around.write(`restarts go on: ${describe(values)}\n`);
  return 0;
};

function scopeOf({ profile, all }: Options['values']): Record<string, string> {
  if (typeof profile === 'string' && all === true) throw new Failure('give --profile or --all, not both');
  if (all === true) return { scope: 'all' };
  return typeof profile === 'string' ? { scope: 'profile', profile } : { scope: 'partner' };
}

function describe({ profile, all }: Options['values']): string {
  if (all === true) return 'all servers';
  return typeof profile === 'string' ? `servers of the profile ${profile}` : 'your servers';
}
