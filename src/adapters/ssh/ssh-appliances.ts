// Customers' servers over SSH: looked at, staged on, activated by a script of ours that runs there on its own.

import type { Duplex } from 'node:stream';
import { Problem } from '../../domain/problem.ts';
import type {
  ActivationView,
  Appliance,
  ApplianceAddress,
  ApplianceFacts,
  Appliances,
  CertificateSet,
  ConnectionProfile,
  LivePaths,
} from '../../ports/appliances.ts';
import { type ActivationScripts, activationScripts } from './activation-scripts.ts';
import { isActivationId, isFingerprint, parseActivation } from './activation-view.ts';
import type { CommandResult, Connection } from './connection.ts';
import { lookAround, parseSurroundings } from './look-around.ts';
import { parseReach, reachFrom } from './reach.ts';
import { openConnection, type ServerConnectionOptions } from './server-connection.ts';
import { cleaned, keyValues, quote } from './shell-words.ts';
import { siteUrl } from './site-url.ts';
import { parseSslConf } from './ssl-conf.ts';
import { stageSet } from './stage-set.ts';

export interface SshAppliancesOptions extends ServerConnectionOptions {
  readonly now: () => Date;
  /** @default - those beside this file */
  readonly scripts?: ActivationScripts;
}

/** A look includes the profile's status and calls commands, which may be slow on a busy server. */
const LOOK_MS = 60_000;
const SCRIPT_MS = 60_000;
const SITE_MS = 10_000;
const DEFAULT_SITE_PORT = 21_326;
const MAX_SSL_CONF_BYTES = 256 * 1024;
/** Below this nothing can be begun on a server. */
const MIN_FREE_BYTES = 64 * 1024;

export class SshAppliances implements Appliances {
  readonly #options: SshAppliancesOptions;

  constructor(options: SshAppliancesOptions) {
    this.#options = options;
  }

  async open(address: ApplianceAddress): Promise<Appliance> {
    return new SshAppliance(await openConnection(address, this.#options), address.profile, this.#options);
  }
}

/** One server over a connection that is already open; also for tests, which open one without SSH. */
export class SshAppliance implements Appliance {
  readonly #connection: Connection;
  readonly #profile: ConnectionProfile;
  readonly #now: () => Date;
  readonly #scripts: ActivationScripts | undefined;

  constructor(
    connection: Connection,
    profile: ConnectionProfile,
    options: Pick<SshAppliancesOptions, 'now' | 'scripts'>,
  ) {
    this.#connection = connection;
    this.#profile = profile;
    this.#now = options.now;
    this.#scripts = options.scripts;
  }

  async inspect(site?: { readonly name: string; readonly sitePort: number }): Promise<ApplianceFacts> {
    const paths = await this.#livePaths();
    const askedAt = this.#now().getTime();
    const look = await this.#connection.run(lookAround(this.#profile, paths), { timeoutMs: LOOK_MS });
    const { clock, ...rest } = parseSurroundings(look.stdout);
    if (clock === undefined) throw noAnswer('a look around', look);
    const port = site?.sitePort ?? DEFAULT_SITE_PORT;
    return {
      hostKey: this.#connection.hostKey,
      siteUrl: await siteUrl({ dial: () => this.dial(port), name: site?.name, timeoutMs: SITE_MS }),
      paths,
      // its clock counts whole seconds: half of one is the best guess of the rest
      clockOffsetMs: clock * 1_000 + 500 - askedAt,
      ...rest,
    };
  }

  async stage(set: CertificateSet): Promise<void> {
    const scripts = this.#scripts ?? (await activationScripts());
    await stageSet(this.#connection, this.#profile, { set, scripts });
  }

  async activate(activation: {
    readonly id: string;
    readonly fingerprint: string;
    readonly name: string;
    readonly sitePort: number;
    readonly mayRestartUntil: Date;
    readonly service?: 'web' | undefined;
    readonly pickUpSeconds?: number | undefined;
  }): Promise<ActivationView> {
    const { id, fingerprint } = activation;
    if (!isActivationId(id) || !isFingerprint(fingerprint) || !/^[a-z0-9.-]{1,253}$/.test(activation.name)) {
      throw new Problem(
        'activation-refused',
        `id, fingerprint or name of activation "${cleaned(id, 100)}" is malformed`,
      );
    }
    const begun = quote(`${this.#folderOf(id)}/activate.sh`);
    const staged = quote(`${this.#profile.stagingFolder}/sets/${fingerprint}/activate.sh`);
    const command = `if [ -f ${begun} ]; then sh ${begun} resume
elif [ -f ${staged} ]; then sh ${staged} begin ${id}
else echo 'error=this set is not staged here'; fi`;
    const stdin = plan(this.#profile, await this.#livePaths(), {
      ...activation,
      secondsLeft: this.#secondsUntil(activation.mayRestartUntil),
    });
    const view = await this.#stateAfter(await this.#connection.run(command, { timeoutMs: SCRIPT_MS, stdin }));
    if (view.activationId !== id || view.fingerprint !== fingerprint) {
      throw new Problem('activation-refused', `activation "${id}" was begun with another certificate`);
    }
    return view;
  }

  async settle(activationId: string, verdict: 'commit' | 'restore'): Promise<ActivationView> {
    if (!isActivationId(activationId)) {
      throw new Problem('activation-refused', `"${cleaned(activationId, 100)}" cannot name an activation`);
    }
    const begun = quote(`${this.#folderOf(activationId)}/activate.sh`);
    const command = `if [ -f ${begun} ]; then sh ${begun} ${verdict}; else echo 'error=it was never begun here'; fi`;
    return await this.#stateAfter(await this.#connection.run(command, { timeoutMs: SCRIPT_MS }));
  }

  async dial(port: number): Promise<Duplex> {
    return await this.#connection.dial(port);
  }

  async reaches(host: string, port: number): Promise<boolean | undefined> {
    const { stdout } = await this.#connection.run(reachFrom(host, port), { timeoutMs: LOOK_MS });
    return parseReach(stdout);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The server's clock may be wrong; seconds from now are the same there. */
  #secondsUntil(moment: Date): number {
    return Math.max(0, Math.floor((moment.getTime() - this.#now().getTime()) / 1_000));
  }

  #folderOf(id: string): string {
    return `${this.#profile.stagingFolder}/activations/${id}`;
  }

  async #livePaths(): Promise<LivePaths> {
    const { sslConf } = this.#profile;
    const bytes = await this.#connection.read(sslConf, MAX_SSL_CONF_BYTES);
    if (!bytes) throw new Problem('server-not-ready', `there is no "${sslConf}" on the server`);
    return parseSslConf(Buffer.from(bytes).toString('utf8'), sslConf);
  }

  async #stateAfter(result: CommandResult): Promise<ActivationView> {
    const values = keyValues(result.stdout);
    const view = parseActivation(values);
    if (view) return view;
    const error = values.get('error');
    if (error === undefined) throw noAnswer('the activation script', result);
    if (await this.#isFull()) throw new Problem('disk-full', `no room to begin an activation: ${cleaned(error)}`);
    throw new Problem('activation-refused', `the server does not activate: ${cleaned(error)}`);
  }

  async #isFull(): Promise<boolean> {
    const command = `df -Pk ${quote(this.#profile.stagingFolder)} | awk 'NR==2{print $4}'`;
    const { stdout } = await this.#connection.run(command, { timeoutMs: SCRIPT_MS });
    return /^\d+$/.test(stdout.trim()) && Number(stdout.trim()) * 1024 < MIN_FREE_BYTES;
  }
}

/** What the script is to do, a line each; it reads from standard input, so nothing of it stands in a command line. */
function plan(
  profile: ConnectionProfile,
  paths: LivePaths,
  activation: {
    readonly fingerprint: string;
    readonly name: string;
    readonly sitePort: number;
    readonly secondsLeft: number;
    readonly service?: 'web' | undefined;
    readonly pickUpSeconds?: number | undefined;
  },
): string {
  const lines = {
    fingerprint: activation.fingerprint,
    name: activation.name,
    port: activation.sitePort,
    key: paths.key,
    certificate: paths.certificate,
    ca: paths.ca ?? '',
    chain: paths.chain ?? '',
    group: profile.serviceGroup ?? '',
    ...serviceCommands(profile, activation.service),
    commit_timeout: Math.ceil(profile.commitTimeoutSeconds),
    restart_timeout: Math.ceil(profile.restartTimeoutSeconds),
    restart_within: activation.secondsLeft,
    pick_up: activation.pickUpSeconds ?? '',
    end: 'yes',
  };
  for (const [name, value] of Object.entries(lines)) {
    if (/[\r\n\0]/.test(String(value)))
      throw new Problem('profile-unknown', `"${name}" of the profile is more than a line`);
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Where Apache is the service, its graceful reload is the restart, and it is not asked a second time. */
function serviceCommands(
  { commands }: ConnectionProfile,
  service: 'web' | undefined,
): Readonly<Record<string, string>> {
  const { restart = '', status, web } = commands;
  if (service === undefined) return { restart, status, web_check: web?.check ?? '', web_reload: web?.reload ?? '' };
  if (web === undefined) throw new Problem('profile-unknown', 'the profile has no commands for Apache');
  return { restart: web.reload, status: web.check, web_check: '', web_reload: '' };
}

function noAnswer(what: string, { exitCode, stderr }: CommandResult): Problem {
  return new Problem('server-unreachable', `${what} ended with code ${exitCode} and no answer: ${cleaned(stderr)}`);
}
