// The peers suite was asked for by name: it fails at once, and says what to install, unless every program it needs is there.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MOTO_VERSION, motoFolder } from './moto-place.ts';

/** Program → Debian package, as `.ci/peers` installs it. */
export const peerPrograms: Readonly<Record<string, string>> = {
  pebble: 'pebble',
  certbot: 'certbot',
  lego: 'lego',
  named: 'bind9',
  'dnssec-signzone': 'bind9-utils',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  bash: 'bash',
  dash: 'dash',
  busybox: 'busybox',
  dig: 'dnsutils',
  openssl: 'openssl',
  git: 'git',
  ps: 'procps',
  chromium: 'chromium',
  apache2: 'apache2',
  visudo: 'sudo',
  python3: 'python3-venv',
};

/** Where Debian keeps sshd; not every account's PATH has it. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** What is missing in the folders of a PATH and those of the system, as a sentence that says what to do; undefined when nothing is. */
export function missingPeers(
  searchPath: string,
  systemFolders = SYSTEM_FOLDERS,
  motoIn = motoFolder(),
): string | undefined {
  const folders = [...searchPath.split(delimiter).filter((folder) => folder !== ''), ...systemFolders];
  const missing = Object.entries(peerPrograms).filter(([program]) => !folders.some((folder) => runs(folder, program)));
  const lacksMoto = !runs(join(motoIn, 'bin'), 'moto_server');
  if (missing.length === 0 && !lacksMoto) return undefined;
  const programs = [...missing.map(([program]) => program), ...(lacksMoto ? [`moto ${MOTO_VERSION}`] : [])].join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  const byHand = packages === '' ? '' : `, or apt-get install ${packages}`;
  return `npm run test:peers needs ${programs}: run .ci/peers${byHand}`;
}

/** vitest calls this before the first file of the project. */
export function setup(): void {
  const missing = missingPeers(process.env.PATH ?? '');
  if (missing !== undefined) throw new Error(missing);
}

function runs(folder: string, program: string): boolean {
  try {
    accessSync(join(folder, program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
