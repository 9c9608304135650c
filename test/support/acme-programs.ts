// certbot and lego as Debian ships them, run in folders of their own against one CA, with hooks that set TXT records.

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AcmeProgramOptions {
  /** For all they keep; the caller removes it. */
  readonly folder: string;
  readonly directoryUrl: string;
  /** File with the root of the CA's HTTPS. */
  readonly tlsRootFile: string;
  /** As ChallengeDns has them. */
  readonly hookUrl: string;
  readonly dnsServer: string;
}

/** Runs the program with these arguments besides the usual ones; fails with all it wrote unless it ends with 0. */
export type AcmeProgram = (args: readonly string[]) => Promise<string>;

const DEADLINE_MS = 60_000;

/** What its hooks run: certbot tells by its environment what to set. */
const HOOK = `
const [hookUrl, act] = process.argv.slice(2);
const { CERTBOT_DOMAIN: domain, CERTBOT_VALIDATION: value } = process.env;
const body = JSON.stringify({ fqdn: '_acme-challenge.' + domain, value });
const answer = await fetch(hookUrl + '/' + act, { method: 'POST', body });
if (!answer.ok) process.exit(1);
`;

/** The command comes first: `['certonly', '-d', 'a.test']`. Its files: `live/<name>/` under `folder`. */
export async function certbotFor(options: AcmeProgramOptions): Promise<AcmeProgram> {
  const { folder, directoryUrl, tlsRootFile, hookUrl } = options;
  await mkdir(folder, { recursive: true });
  // certbot wants a program that it finds: a path without quotes or arguments of its own.
  const hook = join(folder, 'hook');
  await writeFile(`${hook}.mjs`, HOOK);
  await writeFile(hook, `#!/bin/sh\nexec '${process.execPath}' '${hook}.mjs' "$@"\n`, { mode: 0o755 });
  const command = (act: string): string => `${hook} ${hookUrl} ${act}`;
  const always = ['--config-dir', folder, '--work-dir', join(folder, 'work'), '--logs-dir', join(folder, 'logs')];
  const manual = ['--manual', '--preferred-challenges', 'dns', '--manual-auth-hook', command('present')];
  manual.push('--manual-cleanup-hook', command('cleanup'));
  return ([name = '', ...args]) => {
    const proving = name === 'certonly' ? manual : [];
    const usual = ['--server', directoryUrl, '--non-interactive', '--no-random-sleep-on-renew', ...always];
    return run('certbot', [name, ...usual, ...proving, ...args], { REQUESTS_CA_BUNDLE: tlsRootFile, HOME: folder });
  };
}

/** The global options come first: `['-d', 'a.test', 'run']`. Its files: `certificates/` under `folder`. */
export function legoFor({ folder, directoryUrl, tlsRootFile, hookUrl, dnsServer }: AcmeProgramOptions): AcmeProgram {
  const usual = ['--server', directoryUrl, '--path', folder, '--email', 'ops@northwind.test', '--accept-tos'];
  // Our server is the whole DNS: there is no port 53 to ask for authoritative servers.
  const proving = ['--dns', 'httpreq', '--dns.resolvers', dnsServer, '--dns.disable-cp'];
  const env = {
    LEGO_CA_CERTIFICATES: tlsRootFile,
    HTTPREQ_ENDPOINT: hookUrl,
    // Seconds it waits before it believes that a record is there; two unless it is told.
    HTTPREQ_POLLING_INTERVAL: '1',
    HOME: folder,
  };
  return (args) => run('lego', [...usual, ...proving, ...args], env);
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const all = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', NO_PROXY: 'localhost,127.0.0.1', ...env };
  execFile(program, [...args], { env: all, timeout: DEADLINE_MS, encoding: 'utf8' }, (error, stdout, stderr) => {
    if (error === null) resolve(`${stdout}${stderr}`);
    else reject(new Error(`${program} ended with ${error.code ?? error.signal}: ${stderr}${stdout}`));
  });
  return promise;
}
