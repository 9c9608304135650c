// `ucx-certs check FILES…`: judges a certificate on this machine, with the code the service judges orders with. Wires the reader of files.

import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForgeCertificateFiles } from '../adapters/forge/forge-certificate-files.ts';
import { describeKey } from '../domain/certificate-facts.ts';
import { makeTrust } from '../domain/chain-building.ts';
import { parseHostname } from '../domain/dns-name.ts';
import { problemCode } from '../domain/problem.ts';
import type { UploadedFile } from '../ports/certificate-files.ts';
import { type JudgedUpload, judgeUpload } from '../steps/judge-upload.ts';
import { bundledRoots } from './bundled-roots.ts';
import { Failure } from './failure.ts';
import type { Command } from './main.ts';
import { readOptions } from './options.ts';

const HELP = `ucx-certs check FILES… [--hostname HOSTNAME] [--roots FILE] [--password-stdin] [--json]

Says what the certificate in these files is (PEM, DER, PKCS#7, PKCS#12, zip; key and intermediates in any order), what is wrong with it, and whether phones
would connect. Nothing is sent anywhere. --password-stdin reads one password a line. --roots adds authorities to those that browsers bring along.
Ends with 0 when phones would connect, with 1 when not, with 2 when it could not be read.
`;

/** Beside what npm installed. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ucx-certs', import.meta.url));

/** Nothing that is sent to us is larger; the reader says so of what comes near. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export const check: Command = async (words, around) => {
  const options = { hostname: 'value', roots: 'value', 'password-stdin': 'flag', json: 'flag' } as const;
  const { values, positionals } = readOptions(words, options, ['FILES…']);
  if (values.help === true) {
    around.write(HELP);
    return 0;
  }
  const files = positionals.map(readUploaded);
  const passwords = values['password-stdin'] === true ? linesOf(around.readInput()) : [];
  const added =
    typeof values.roots === 'string' ? pemsOf(Buffer.from(readUploaded(values.roots).bytes).toString()) : [];
  try {
    const hostname = typeof values.hostname === 'string' ? parseHostname(values.hostname, '--hostname') : undefined;
    const judged = await judgeUpload(
      { files, passwords },
      {
        hostname,
        now: new Date(),
        trust: makeTrust({ publicRoots: await bundledRoots(CACHE), addedRoots: added }),
        known: [],
        needsKey: false,
      },
      { certificateFiles: new ForgeCertificateFiles() },
    );
    around.write(values.json === true ? `${JSON.stringify(asJson(judged), undefined, 2)}\n` : tell(judged));
    return judged.judgement.verdict === 'phones-connect' ? 0 : 1;
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    throw new Failure(`${code}: ${error.message}`);
  }
};

function readUploaded(path: string): UploadedFile {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES)
      throw new Failure(`${path} is larger than ${MAX_FILE_BYTES} bytes; that is no certificate`);
    return { name: basename(path), bytes: readFileSync(path) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} cannot be read: ${error instanceof Error ? error.message : 'unknown fault'}`);
  }
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line, i, all) => line !== '' || i < all.length - 1);
}

function pemsOf(text: string): readonly string[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Failure('--roots: the file holds no certificate in PEM');
  return found;
}

const VERDICTS = {
  'phones-connect': 'Phones will connect.',
  'desktop-only': 'Desktop clients only: phones will refuse it.',
  refused: 'It cannot be used.',
} as const;

const HEADINGS = {
  refused: 'Wrong',
  'desktop-only': 'What phones refuse',
  warning: 'To be known',
  note: 'Put right, or only seen',
} as const;

function tell({ judgement, remarks }: JudgedUpload): string {
  const { verdict, findings, leaf, chain, root } = judgement;
  const lines: string[] = [VERDICTS[verdict], ''];
  if (leaf !== undefined) {
    lines.push(
      `  names       ${leaf.names.join(', ') || 'none'}`,
      `  valid       ${leaf.notBefore.toISOString().slice(0, 10)} to ${leaf.notAfter.toISOString().slice(0, 10)}`,
      `  key         ${describeKey(leaf.key)}${judgement.keyIndex === undefined ? ', not sent' : ', sent with it'}`,
      `  chain       ${[...chain.map(({ title }) => title), ...(root ? [root.title] : [])].join('  <-  ')}`,
      `  fingerprint ${leaf.fingerprint}`,
    );
  }
  for (const [severity, heading] of Object.entries(HEADINGS)) {
    const some = findings.filter((one) => one.severity === severity);
    if (some.length > 0) lines.push('', `${heading}:`);
    for (const { code, sentence, remedy } of some) lines.push(`  - ${sentence} (${code})`, `    ${remedy}`);
  }
  if (remarks.length > 0) lines.push('', 'In the files:', ...remarks.map((remark) => `  - ${remark}`));
  return `${lines.join('\n')}\n`;
}

function asJson({ judgement, remarks }: JudgedUpload): object {
  const { verdict, findings, leaf, chain, root, keyIndex } = judgement;
  return {
    verdict,
    findings,
    leaf: leaf && {
      ...{ fingerprint: leaf.fingerprint, names: leaf.names, issuer: leaf.issuer },
      ...{
        notBefore: leaf.notBefore,
        notAfter: leaf.notAfter,
        key: describeKey(leaf.key),
        hasKey: keyIndex !== undefined,
      },
    },
    chain: chain.map(({ title, fingerprint, notAfter }) => ({ subject: title, fingerprint, notAfter })),
    root: root?.title,
    remarks,
  };
}
