// `ucx-certs server-setup HOSTNAME`: the script that sets up our account on a server, to be read and then run there as root.

import { Failure } from './failure.ts';
import type { Command } from './main.ts';
import { readOptions } from './options.ts';
import { ask } from './service-client.ts';

const HELP = `ucx-certs server-setup HOSTNAME --profile PROFILE [--site-port 21326]

Prints a POSIX sh script. Read it, then run it once as root on the server. It holds no secret.
`;

export const serverSetup: Command = async (words, around) => {
  const { values, positionals } = readOptions(words, { profile: 'value', 'site-port': 'value' }, ['HOSTNAME']);
  if (values.help === true) {
    around.write(HELP);
    return 0;
  }
  const { profile, 'site-port': sitePort } = values;
  if (typeof profile !== 'string')
    throw new Failure('give --profile, the connection profile the server will be reached by');
  const query = new URLSearchParams({ profile, ...(typeof sitePort === 'string' ? { sitePort } : {}) });
  const path = `/v1/servers/${encodeURIComponent(positionals[0] ?? '')}/setup?${query}`;
  const { body } = await ask('GET', path, around);
  around.write(String(body.script));
  return 0;
};
