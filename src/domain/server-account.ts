// The account we log in with on a customer's server: the script that sets it up, each line explained, and nothing in it that could be more than meant.

import { isIP } from 'node:net';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';
import { parsePublicKey } from './ssh-public-key.ts';

export interface ServerAccount {
  readonly hostname: string;
  readonly account: string;
  /** OpenSSH public key lines, `ssh-ed25519 AAAA…`; two while one replaces the other. */
  readonly publicKeys: readonly string[];
  /** Addresses or networks (CIDR) we come from. */
  readonly egress: readonly string[];
  /** Ports on the server's own loopback that we read what is served from. */
  readonly loopbackPorts: readonly number[];
  readonly stagingFolder: string;
  /** Who else must read key and chain; InfinityOne runs as `asterisk`. */
  readonly serviceGroup: string | undefined;
  readonly sslConf: string;
  /** Of the profile; those that begin with `sudo -n ` are what the account may do as root, word for word. */
  readonly commands: readonly string[];
}

const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;
/** By name or by number, as usermod(8) takes both. */
const GROUP = /^(?:[a-z_][a-z0-9_-]{0,31}|\d{1,10})$/;
const PLAIN_PATH = /^\/[A-Za-z0-9._/-]{1,200}$/;
/** With the program's whole path, as sudoers(5) wants it. */
const PLAIN_COMMAND = /^sudo -n \/[A-Za-z0-9._/-]+(?: [A-Za-z0-9._/=-]+)*$/;

/**
 * What `authorized_keys` gets, a line a key: from our addresses alone, no terminal, no agent, no X11, and forwarding to the named ports of the server's own
 * loopback alone (sshd(8), AUTHORIZED_KEYS FILE FORMAT). The options are those OpenSSH 5.3 of EL6 knows. Bad values are `profile-unknown` problems.
 */
export function authorizedKeyLines({ publicKeys, egress, loopbackPorts }: ServerAccount): readonly string[] {
  for (const address of egress) if (!isNetwork(address)) throw refused('egress address', address);
  if (egress.length === 0)
    throw new Problem('profile-unknown', 'no egress address is set; the key would be good from anywhere');
  const permit = loopbackPorts.map((port) => `permitopen="127.0.0.1:${port}"`);
  const options = [`from="${egress.join(',')}"`, 'no-pty', 'no-agent-forwarding', 'no-X11-forwarding', ...permit];
  return publicKeys.map((key) => {
    const { type, blob } = parsePublicKey(key);
    return `${options.join(',')} ${type} ${blob} ucx-certs`;
  });
}

/** What sudoers gets: the profile's own commands, word for word and with no other argument; empty when none needs root. */
export function sudoersLines({ account, commands }: ServerAccount): readonly string[] {
  const asRoot = [...new Set(commands)].filter((command) => command.startsWith('sudo '));
  for (const command of asRoot) if (!PLAIN_COMMAND.test(command)) throw refused('command', command);
  if (asRoot.length === 0) return [];
  return [
    `Defaults:${account} !requiretty`,
    ...asRoot.map((command) => `${account} ALL=(root) NOPASSWD: ${command.slice(8)}`),
  ];
}

/** POSIX sh, run once as root on the server; safe to run again. Problems: `profile-unknown` names what cannot be put into it. */
export function serverSetupScript(input: ServerAccount): string {
  const { hostname, account, stagingFolder, serviceGroup, sslConf, egress } = input;
  if (!ACCOUNT.test(account)) throw refused('account', account);
  for (const path of [stagingFolder, sslConf]) if (!PLAIN_PATH.test(path)) throw refused('path', path);
  if (serviceGroup !== undefined && !GROUP.test(serviceGroup)) throw refused('group', serviceGroup);
  const keys = authorizedKeyLines(input);
  const sudoers = sudoersLines(input);
  return `#!/bin/sh
# Sets up the account with which the E-MetroTel certificate service reaches ${hostname}.
# Run it once as root on the UCX; running it again changes nothing. Read it first: it says what each part is for.
set -eu
umask 022
[ "$(id -u)" = 0 ] || { echo 'run this as root' >&2; exit 1; }

# 1. A user of its own, without a password: nobody can log in as it but with the key below.
id ${account} >/dev/null 2>&1 || useradd --system --create-home --home-dir /home/${account} --shell /bin/sh ${account}
usermod --lock ${account}
${serviceGroup === undefined ? '' : `# The key of the certificate is readable by this group, because InfinityOne reads it; the account must be in it to say so.\nusermod --append --groups ${serviceGroup} ${account}\n`}
# 2. The one key that is let in: from our addresses alone, without a terminal, and with forwarding to the server's own
#    site port and web administration alone, through which we see what is served.
mkdir -p /home/${account}/.ssh
cat >/home/${account}/.ssh/authorized_keys.new <<'KEYS'
${keys.join('\n')}
KEYS
mv -f /home/${account}/.ssh/authorized_keys.new /home/${account}/.ssh/authorized_keys
chown -R ${account} /home/${account}/.ssh
chmod 700 /home/${account}/.ssh
chmod 600 /home/${account}/.ssh/authorized_keys

# 3. Where sets lie before they are live, for this account alone.
mkdir -p ${stagingFolder}
chown ${account} ${stagingFolder}
chmod 750 ${stagingFolder}

# 4. The folders of the live files, as Apache's own file names them: the account exchanges files there by renaming, so
#    it needs to write in the folder. Nobody else gets any right by this.
sed -n 's/^[[:space:]]*SSL\\(CACertificate\\|CertificateChain\\|CertificateKey\\|Certificate\\)File[[:space:]]*"\\{0,1\\}\\([^"[:space:]]*\\).*/\\2/p' ${sslConf} |
while IFS= read -r file; do
  case $file in
    /*/*) folder=\${file%/*}; chgrp ${account} "$folder"; chmod g+rwx "$folder" ;;
  esac
done
${sudoersPart(account, sudoers)}
# Not done here, because it is set in the web administration: Security, IP Block List, Do Not Block (Secure Shell):
#   ${egress.join(' ')}
# Without it six failed logins from there, whoever made them, shut us out for a day.
echo 'done; add ${egress.join(' ')} to "Do Not Block" in the web administration'

# To undo all of it: userdel -r ${account}; rm -rf ${stagingFolder}${sudoers.length === 0 ? '' : ' /etc/sudoers.d/ucx-certs'}
`;
}

function sudoersPart(account: string, sudoers: readonly string[]): string {
  if (sudoers.length === 0) return '';
  return `
# 5. What it may do as root: these commands, word for word, and nothing else. The file is checked before it counts.
cat >/etc/.ucx-certs.sudoers <<'SUDOERS'
${sudoers.join('\n')}
SUDOERS
chmod 440 /etc/.ucx-certs.sudoers
visudo -cf /etc/.ucx-certs.sudoers >/dev/null || { rm -f /etc/.ucx-certs.sudoers; echo 'sudoers refused; ${account} has no right to restart' >&2; exit 1; }
mv -f /etc/.ucx-certs.sudoers /etc/sudoers.d/ucx-certs
`;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

function refused(what: string, value: string): Problem {
  return new Problem('profile-unknown', `${what} ${quoted(value)} cannot be put into a set-up script`);
}
