// Puts a set of key, chain and activation script beside the live files of a server, checked there, whole or not at all.

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';
import type { CertificateSet, ConnectionProfile } from '../../ports/appliances.ts';
import type { ActivationScripts } from './activation-scripts.ts';
import type { Connection } from './connection.ts';
import { cleaned, keyValues, quote } from './shell-words.ts';

interface StagedFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

const STAGE_MS = 60_000;
const MAX_CHAIN = 10;

/**
 * The same fingerprint with the same script is not written twice. The key travels as the content of a file and in no other way.
 * Problems: `staging-refused`, `disk-full`, those of the connection.
 */
export async function stageSet(
  connection: Connection,
  profile: ConnectionProfile,
  work: { readonly set: CertificateSet; readonly scripts: ActivationScripts },
): Promise<void> {
  const files = filesOf(work.set, work.scripts);
  const sums = files.map(({ name, text }) => `${sha256(text)} ${name}\n`).join('');
  const place = `${profile.stagingFolder}/sets`;
  const target = `${place}/${work.set.fingerprint}`;
  const verify = `activate.sh verify ${work.set.fingerprint} ${quote(profile.serviceGroup ?? '')}`;
  const begun = await connection.run(prepare({ profile, target, place, verify }), { timeoutMs: STAGE_MS, stdin: sums });
  const answers = keyValues(begun.stdout);
  if (answers.get('verified') === 'yes') return;
  const mark = answers.get('begun') ?? '';
  if (begun.exitCode !== 0 || !/^\d{1,10}$/.test(mark)) throw refused(answers, begun.stderr);

  const fresh = `${place}/.new-${mark}`;
  try {
    for (const file of files) await connection.write(`${fresh}/${file.name}`, Buffer.from(file.text), file.mode);
    await connection.write(`${fresh}/sums`, Buffer.from(sums), 0o600);
    const ended = await connection.run(finish({ fresh, target, verify }), { timeoutMs: STAGE_MS, stdin: sums });
    const verdict = keyValues(ended.stdout);
    if (ended.exitCode !== 0 || verdict.get('verified') !== 'yes') throw refused(verdict, ended.stderr);
  } catch (error) {
    await connection.run(`rm -rf ${quote(fresh)}`, { timeoutMs: STAGE_MS }).catch(() => undefined);
    throw error;
  }
}

/** Leftovers of a staging that was cut off hold a key; they go first. */
function prepare(at: { profile: ConnectionProfile; place: string; target: string; verify: string }): string {
  const base = quote(at.profile.stagingFolder);
  const place = quote(at.place);
  const target = quote(at.target);
  return `umask 077
mkdir -p ${base} ${place} ${base}/activations && chmod 700 ${base} ${place} ${base}/activations || exit 1
cd ${place} && rm -rf .new-*
if [ -f ${target}/sums ] && cmp -s - ${target}/sums && sh ${target}/${at.verify}; then exit 0; fi
mkdir .new-$$ && echo "begun=$$"`;
}

function finish(at: { fresh: string; target: string; verify: string }): string {
  const fresh = quote(at.fresh);
  const target = quote(at.target);
  return `cmp -s - ${fresh}/sums || { echo 'error=the list of checksums is not as it was sent'; exit 1; }
answer=$(sh ${fresh}/${at.verify}) || { printf '%s\\n' "$answer"; exit 1; }
[ ! -e ${target} ] || mv ${target} ${fresh}.old || exit 1
mv ${fresh} ${target} || exit 1
rm -rf ${fresh}.old
sync ${target} ${target}/* 2>/dev/null || sync
echo verified=yes`;
}

function refused(answers: ReadonlyMap<string, string>, stderr: string): Problem {
  const why = cleaned(answers.get('error') ?? stderr);
  return new Problem(
    'staging-refused',
    `the server does not take the set: ${why === '' ? 'it does not say why' : why}`,
  );
}

/** Checked here too, before a byte of it leaves: the fingerprint, the key, the shape of the chain. */
function filesOf(set: CertificateSet, scripts: ActivationScripts): readonly StagedFile[] {
  const chain = set.chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const [leaf = '', ...intermediates] = chain.map((pem) => `${pem.replaceAll('\r', '')}\n`);
  if (chain.length > MAX_CHAIN || !isLeafOf(leaf, set)) {
    throw new Problem('staging-refused', `key, chain and fingerprint ${set.fingerprint} do not belong together`);
  }
  const rest = intermediates.length > 0 ? intermediates.join('') : leaf;
  return [
    { name: 'key.pem', text: `${set.keyPem.trim()}\n`, mode: 0o600 },
    { name: 'chain.pem', text: leaf + intermediates.join(''), mode: 0o600 },
    { name: 'ca.pem', text: rest, mode: 0o600 },
    { name: 'activate.sh', text: scripts['activate.sh'], mode: 0o700 },
    { name: 'exchange.sh', text: scripts['exchange.sh'], mode: 0o600 },
  ];
}

function isLeafOf(leaf: string, set: CertificateSet): boolean {
  try {
    const certificate = new X509Certificate(leaf);
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    return fingerprint === set.fingerprint && certificate.checkPrivateKey(createPrivateKey(set.keyPem));
  } catch {
    return false;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
