// Finds the command, hands it its words, and turns what it says into an exit code.

import { Failure } from './failure.ts';
import type { Surroundings } from './service-client.ts';

/** 0: done, or a good answer. 1: a bad answer. 2: it could not be asked, or was asked wrongly. */
export type ExitCode = 0 | 1 | 2;

export type Command = (words: readonly string[], around: Surroundings) => Promise<ExitCode>;

/** Loaded when asked for, so that each starts quickly. */
const commands: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  'server-setup': {
    about: 'print the script that sets up our account on a server',
    load: async () => (await import('./setup-command.ts')).serverSetup,
  },
  check: {
    about: 'what a certificate is, what is wrong with it, and whether phones would connect; asks nobody',
    load: async () => (await import('./check-command.ts')).check,
  },
  readiness: {
    about: 'would phones, browsers and desktop clients connect to a server, and who has to change what',
    load: async () => (await import('./readiness-command.ts')).readiness,
  },
  hold: {
    about: 'stop restarts: of your servers, of a connection profile, or all',
    load: async () => (await import('./hold-command.ts')).hold,
  },
  resume: {
    about: 'let restarts go on again',
    load: async () => (await import('./hold-command.ts')).resume,
  },
};

const HELP = `ucx-certs <command> [--help]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(14)}${about}`)
  .join('\n')}

The service is found by UCX_CERTS_URL (default http://127.0.0.1:21380, where npm start puts it), the token is read from UCX_CERTS_TOKEN or
from the file that UCX_CERTS_TOKEN_FILE names; it is never an argument, where every user of the machine could read it.
`;

export async function main(words: readonly string[], around: Surroundings): Promise<ExitCode> {
  const [name = '--help', ...rest] = words;
  if (name === '--help' || name === 'help') {
    around.write(HELP);
    return words.length === 0 ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    around.complain(
      `there is no command ${JSON.stringify(name.slice(0, 60))}; ucx-certs --help names those there are\n`,
    );
    return 2;
  }
  try {
    const run = await command.load();
    return await run(rest, around);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    around.complain(`${error.message}\n`);
    return 2;
  }
}
