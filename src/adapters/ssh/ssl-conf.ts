// Where a server's live key and certificate are: the directives of Apache's ssl.conf that InfinityOne reads too.

import { Problem } from '../../domain/problem.ts';
import type { LivePaths } from '../../ports/appliances.ts';

/** The directives by their lower-case names (facts/appliance.md, 1.2); Apache does not look at capitals. */
const DIRECTIVES = {
  sslcertificatefile: 'SSLCertificateFile',
  sslcertificatekeyfile: 'SSLCertificateKeyFile',
  sslcacertificatefile: 'SSLCACertificateFile',
  sslcertificatechainfile: 'SSLCertificateChainFile',
} as const;

type DirectiveKey = keyof typeof DIRECTIVES;

/** Paths that need no thought in a shell, a `key=value` line or a log. */
const PLAIN_PATH = /^\/[A-Za-z0-9._/+@:,=~-]+$/;

const MAX_PATH_LENGTH = 1_000;

/**
 * Takes the text of ssl.conf as Apache reads it: `#` lines are comments, a backslash at the end of a line continues it, values may be
 * quoted, the last of several wins. A missing certificate or key directive, and a path we would not touch, is a `server-not-ready`
 * problem that names the directive; `file` is how problems call the file.
 */
export function parseSslConf(text: string, file: string): LivePaths {
  const values = new Map<DirectiveKey, string>();
  for (const line of logicalLines(text)) {
    const found = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line);
    const key = found?.[1]?.toLowerCase();
    if (key !== undefined && isDirective(key)) values.set(key, unquoted(found?.[2] ?? ''));
  }
  const paths = {
    certificate: required(values, 'sslcertificatefile', file),
    key: required(values, 'sslcertificatekeyfile', file),
    ca: optional(values, 'sslcacertificatefile', file),
    chain: optional(values, 'sslcertificatechainfile', file),
  };
  if ([paths.certificate, paths.ca, paths.chain].includes(paths.key)) {
    throw new Problem(
      'server-not-ready',
      `SSLCertificateKeyFile in "${file}" names "${paths.key}", which also holds certificates; give the key a file of its own`,
    );
  }
  return paths;
}

function logicalLines(text: string): readonly string[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line));
}

function isDirective(name: string): name is DirectiveKey {
  return Object.hasOwn(DIRECTIVES, name);
}

function unquoted(text: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(text);
  return quoted ? (quoted[2] ?? '') : (text.trim().split(/\s+/)[0] ?? '');
}

function required(values: ReadonlyMap<DirectiveKey, string>, key: DirectiveKey, file: string): string {
  const path = optional(values, key, file);
  if (path === undefined) throw new Problem('server-not-ready', `there is no ${DIRECTIVES[key]} in "${file}"`);
  return path;
}

function optional(values: ReadonlyMap<DirectiveKey, string>, key: DirectiveKey, file: string): string | undefined {
  const path = values.get(key);
  if (path === undefined) return undefined;
  const plain = PLAIN_PATH.test(path) && path.length <= MAX_PATH_LENGTH && !path.endsWith('/');
  if (!plain || path.split('/').includes('..')) {
    throw new Problem(
      'server-not-ready',
      `${DIRECTIVES[key]} in "${file}" must be an absolute path of letters, digits and ._/+@:,=~- without ".."`,
    );
  }
  return path;
}
