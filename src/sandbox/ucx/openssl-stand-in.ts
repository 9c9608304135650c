// A stand-in for `openssl` on machines that have none: just what the activation script asks of it, in openssl's own words.

import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { certificatesIn } from './service-files.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAX_CHAIN = 10;

export interface OpensslAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `args` as after `openssl`; files are read, nothing is written. */
export async function openssl(args: readonly string[]): Promise<OpensslAnswer> {
  try {
    return { exitCode: 0, stdout: await answer(args), stderr: '' };
  } catch (error) {
    return { exitCode: 1, stdout: '', stderr: `${error instanceof Error ? error.message : 'unknown error'}\n` };
  }
}

async function answer(args: readonly string[]): Promise<string> {
  const [program] = args;
  if (program === 'x509') return aboutCertificate(args);
  if (program === 'pkey' || program === 'rsa' || program === 'ec') return publicHalf(args);
  if (program === 's_client') return handshake(args);
  throw new Error(`openssl: Error: '${program ?? ''}' is an invalid command.`);
}

function aboutCertificate(args: readonly string[]): string {
  const certificate = certificatesIn(readFileSync(optionOf(args, '-in'), 'utf8'))[0];
  if (!certificate) throw new Error('unable to load certificate');
  const told: string[] = [];
  if (args.includes('-pubkey')) told.push(pemOf(certificate.publicKey));
  if (args.includes('-fingerprint')) {
    if (!args.includes('-sha256')) throw new Error('only -sha256 is known here');
    told.push(`SHA256 Fingerprint=${certificate.fingerprint256}\n`);
  }
  if (!args.includes('-noout')) told.push(certificate.toString());
  return told.join('');
}

function publicHalf(args: readonly string[]): string {
  if (!args.includes('-pubout')) throw new Error('only -pubout is known here');
  return pemOf(createPublicKey(createPrivateKey(readFileSync(optionOf(args, '-in')))));
}

function pemOf(key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** What the server sends, leaf first. A root that only this Node knows is none of it: nothing but the handshake is looked at. */
function handshake(args: readonly string[]): Promise<string> {
  const [host = '', port = ''] = optionOf(args, '-connect').split(':');
  const servername = args.includes('-servername') ? optionOf(args, '-servername') : '';
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), servername, rejectUnauthorized: false, ca: [] });
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const chain = sentChain(socket.getPeerCertificate(true));
      socket.destroy();
      resolve(`CONNECTED(00000003)\n---\nCertificate chain\n${chain}---\n`);
    });
  });
}

function sentChain(leaf: DetailedPeerCertificate): string {
  const told: string[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.raw && told.length < MAX_CHAIN) {
    told.push(` ${told.length} s:\n${new X509Certificate(next.raw).toString()}`);
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return told.join('');
}

function optionOf(args: readonly string[], option: string): string {
  const value = args[args.indexOf(option) + 1];
  if (!args.includes(option) || value === undefined) throw new Error(`${option} is missing`);
  return value;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { exitCode, stdout, stderr } = await openssl(process.argv.slice(2));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
