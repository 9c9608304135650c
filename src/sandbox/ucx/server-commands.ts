// The programs in the server's own `bin`: its service command, its call counter, and stand-ins that know they are on a UCx.

import { accessSync, chmodSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { askScript } from './command-spool.ts';

export interface CommandsOptions {
  readonly bin: string;
  readonly spool: string;
  readonly hostname: string;
  /** The port InfinityOne is said to listen on, and the one it really has on this machine. */
  readonly namedSitePort: number;
  readonly sitePort: number;
  /** Where Apache has its 443 on this machine. */
  readonly webPort: number;
  /** Its being there means: no room. */
  readonly diskFullFlag: string;
  /** Its being there means: no way to the push server. */
  readonly pushBlockedFlag: string;
  /** Where the machine's own programs are. */
  readonly searchPath: string;
}

/** Written anew at every start: ports and places may be other ones. */
export function writeCommands(options: CommandsOptions): void {
  const { bin } = options;
  const ask = join(bin, '.ask.sh');
  writeFileSync(ask, askScript(options.spool), { mode: 0o644 });
  const programs: Readonly<Record<string, string>> = {
    service: service(ask),
    httpd: `[ "$1" = -t ] || { echo "Usage: httpd [-t]" >&2; exit 1; }\n. "${ask}"\nask web-test\n`,
    'asterisk-calls': `. "${ask}"\nask calls\n`,
    'cut-ssh': `. "${ask}"\nask cut-ssh\n`,
    'reboot-now': `. "${ask}"\nask reboot\n`,
    hostname: `echo "${options.hostname}"\n`,
    df: df(options),
    openssl: openssl(options),
  };
  for (const [name, text] of Object.entries(programs)) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\n${text}`);
    chmodSync(path, 0o755);
  }
}

function service(ask: string): string {
  return `. "${ask}"
if [ "$1" = httpd ] && [ "$2" = graceful ]; then ask web-graceful; exit $?; fi
[ "$1" = infinity_one ] || { echo "$1: unrecognized service" >&2; exit 1; }
case "$2" in
  start|stop|restart|status) ask "$2" ;;
  *) echo "Usage: infinity_one {start|stop|status|restart}" >&2; exit 2 ;;
esac
`;
}

function df({ diskFullFlag, searchPath }: CommandsOptions): string {
  return `if [ -e "${diskFullFlag}" ]; then
  echo "Filesystem     1024-blocks     Used Available Capacity Mounted on"
  echo "/dev/sda3         20511312 20511312         0     100% /"
  exit 0
fi
exec ${findProgram('df', searchPath) ?? '/bin/df'} "$@"
`;
}

/**
 * On the server InfinityOne listens on its named port; here it has another one, which only this program knows. The push server is far away from a sandbox: what
 * InfinityOne listens on stands for it, and port 9 of this machine, where nothing is, for the firewall before it.
 */
function openssl({ namedSitePort, sitePort, webPort, pushBlockedFlag, searchPath }: CommandsOptions): string {
  const real = findProgram('openssl', searchPath);
  const run = real ? `"${real}"` : `"${process.execPath}" "${join(import.meta.dirname, 'openssl-stand-in.ts')}"`;
  return `for argument do
  shift
  case "$argument" in
    127.0.0.1:${namedSitePort}|localhost:${namedSitePort}) argument=127.0.0.1:${sitePort} ;;
    127.0.0.1:443|localhost:443) argument=127.0.0.1:${webPort} ;;
    push-server.emetrotel.org:443) argument=127.0.0.1:${sitePort}; [ ! -e "${pushBlockedFlag}" ] || argument=127.0.0.1:9 ;;
  esac
  set -- "$@" "$argument"
done
exec ${run} "$@"
`;
}

/** As the shell would find it; undefined when there is none. */
export function findProgram(name: string, searchPath: string): string | undefined {
  const candidates = searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
