// What a sandbox UCx is made of, and how it is put together before its power comes on.

import { randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionProfile } from '../../ports/appliances.ts';
import { AuthorizedKeysFile } from './authorized-keys.ts';
import type { FactorySet } from './factory-set.ts';
import { InfinityOne } from './infinity-one.ts';
import { OutsideDoor } from './outside-door.ts';
import { writeCommands } from './server-commands.ts';
import { ServerLog } from './server-log.ts';
import { isAlive, ServerProcesses } from './server-processes.ts';
import { furnish, type ServerLayout } from './server-tree.ts';
import type { ErlangAge } from './service-files.ts';
import { SshDoor } from './ssh-door.ts';
import { keptHostKey, publicKeyBlob } from './ssh-host-key.ts';
import { CountBook } from './ucx-counts.ts';
import { DialBoard, type UcxDials } from './ucx-dials.ts';
import { readIfThere, UcxFolder, writeAtOnce } from './ucx-folder.ts';
import { type ApacheAge, WebAdministration } from './web-administration.ts';

export interface SandboxUcxOptions {
  /** Everything of this server; kept, and taken up again by the next start. */
  readonly folder: string;
  /** What the server calls itself. */
  readonly hostname: string;
  /** Line for the account's `authorized_keys` when the server is new; later it is the server's own to keep. */
  readonly authorizedKey: string;
  /** @default 'ucxcerts' */
  readonly account?: string;
  /** @default - any port that is free */
  readonly sshPort?: number;
  /** Where InfinityOne really listens. @default - any port that is free */
  readonly sitePort?: number;
  /** Where it can be reached from outside. @default - any port that is free */
  readonly outsidePort?: number;
  /** What the site port is called by everybody. @default 21326 */
  readonly namedSitePort?: number;
  /** Host in `Site_Url`. @default - the hostname */
  readonly siteUrlHost?: string;
  /** @default 'separate' */
  readonly layout?: ServerLayout;
  /** Whether ssl.conf has `SSLCACertificateFile`. @default true */
  readonly caFile?: boolean;
  /** Whether ssl.conf has `SSLCertificateChainFile`. @default false */
  readonly chainFile?: boolean;
  /** @default 'old' */
  readonly erlang?: ErlangAge;
  /** @default 'new' */
  readonly apache?: ApacheAge;
  /** Program and first arguments of the account's shell; `-c` and the command follow. @default ['sh'] */
  readonly shell?: readonly string[];
  /** Certificate and key it leaves the factory with. @default - made at the first start */
  readonly factorySet?: FactorySet;
  /** What of the connection profile is to be other than usual. */
  readonly profile?: Partial<ConnectionProfile>;
  /** Clock of the block list and of the log. @default - the machine's */
  readonly now?: () => Date;
  /** @default - all quiet */
  readonly dials?: Partial<UcxDials>;
}

export interface UcxParts {
  readonly folder: UcxFolder;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly processes: ServerProcesses;
  readonly infinityOne: InfinityOne;
  readonly web: WebAdministration;
  readonly ssh: SshDoor;
  readonly outside: OutsideDoor;
  readonly hostKeys: { readonly usual: string; readonly changed: string };
  readonly profile: ConnectionProfile;
}

const DEFAULT_SITE_PORT = 21_326;
const WEB_PORT = 443;
const CORD_WAIT_MS = 2_000;

/** Everything is there and shut; nothing runs yet but the cord that ends the server's processes with this one. */
export async function assembleUcx(options: SandboxUcxOptions): Promise<UcxParts> {
  const now = options.now ?? (() => new Date());
  const account = options.account ?? 'ucxcerts';
  const namedSitePort = options.namedSitePort ?? DEFAULT_SITE_PORT;
  const { layout = 'separate', caFile = true, chainFile = false, erlang = 'old', factorySet } = options;
  const folder = await placed(options.folder, account);
  await furnish(folder, { layout, caFile, chainFile, factorySet }, now());
  const processes = await powered(folder, account);
  const dials = new DialBoard(options.dials ?? {});
  const counts = new CountBook(folder.machine);
  const log = new ServerLog(folder.log, now);
  const gid = process.getgid?.() ?? 0;
  const infinityOne = await InfinityOne.open({
    sitePort: options.sitePort ?? 0,
    sslConf: folder.sslConf,
    user: { gid, root: folder.root },
    erlang,
    site: {
      get siteUrl() {
        return dials.now.siteUrl ?? `https://${options.siteUrlHost ?? options.hostname}:${namedSitePort}`;
      },
      serverVersion: '2.0.0',
    },
    factoryPem: await readFile(join(folder.machine, 'factory.pem'), 'utf8'),
    dials,
    counts,
    log,
  });
  const { apache = 'new' } = options;
  const web = await WebAdministration.open({ sslConf: folder.sslConf, apache, dials, counts, log });
  const usual = await keptHostKey(join(folder.machine, 'ssh_host_ed25519_key'));
  const changed = await keptHostKey(join(folder.machine, 'ssh_host_ed25519_key.changed'));
  publicKeyBlob(options.authorizedKey);
  const authorizedKeys = new AuthorizedKeysFile(folder.home);
  authorizedKeys.begin(options.authorizedKey);
  const ssh = await SshDoor.open({
    port: options.sshPort ?? 0,
    account,
    authorizedKeys,
    hostKey: usual,
    changedHostKey: changed,
    loopbackPorts: new Map([
      [namedSitePort, infinityOne.port],
      [WEB_PORT, web.port],
    ]),
    root: folder.root,
    home: folder.home,
    shell: options.shell ?? ['sh'],
    processes,
    dials,
    counts,
    log,
    now,
  });
  const outside = await OutsideDoor.open(options.outsidePort ?? 0, infinityOne.port, dials);
  writeCommands({
    bin: folder.bin,
    spool: folder.spool,
    hostname: options.hostname,
    namedSitePort,
    sitePort: infinityOne.port,
    webPort: web.port,
    diskFullFlag: folder.diskFullFlag,
    pushBlockedFlag: folder.pushBlockedFlag,
    searchPath: hostPath(),
  });
  const profile: ConnectionProfile = {
    id: 'sandbox',
    account,
    sshPort: ssh.port,
    jump: undefined,
    sslConf: folder.sslConf,
    stagingFolder: folder.stagingFolder,
    serviceGroup: String(gid),
    commands: {
      restart: 'service infinity_one restart',
      status: 'service infinity_one status',
      calls: 'asterisk-calls',
      web: { check: 'httpd -t', reload: 'service httpd graceful', port: WEB_PORT },
    },
    commitTimeoutSeconds: 60,
    restartTimeoutSeconds: 30,
    ...options.profile,
  };
  const hostKeys = { usual: usual.fingerprint, changed: changed.fingerprint };
  return { folder, dials, counts, processes, infinityOne, web, ssh, outside, hostKeys, profile };
}

/** Real paths only: a link above the tree (as /tmp on a Mac) would look like an escape out of it. */
async function placed(path: string, account: string): Promise<UcxFolder> {
  await new UcxFolder(path, account).make();
  return new UcxFolder(await realpath(path), account);
}

/** What an earlier sandbox left running, because it was killed, ends before anything begins. */
async function powered(folder: UcxFolder, account: string): Promise<ServerProcesses> {
  const markFile = join(folder.machine, 'power');
  const cordFile = join(folder.machine, 'cord.pid');
  await gone(Number((await readIfThere(cordFile)) ?? '0'));
  const kept = await readIfThere(markFile);
  const mark = kept ?? randomBytes(16).toString('hex');
  if (kept === undefined) await writeAtOnce(markFile, mark);
  const processes = new ServerProcesses(mark, {
    PATH: `${folder.bin}:${hostPath()}`,
    HOME: folder.home,
    USER: account,
    LOGNAME: account,
    SHELL: '/bin/sh',
    LANG: 'C',
  });
  processes.killAll();
  await writeAtOnce(cordFile, String(processes.plugIn() ?? 0));
  return processes;
}

async function gone(pid: number): Promise<void> {
  const until = performance.now() + CORD_WAIT_MS;
  while (pid > 0 && isAlive(pid) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function hostPath(): string {
  return process.env.PATH ?? '/usr/bin:/bin';
}
