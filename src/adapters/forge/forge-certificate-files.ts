// Uploads taken apart: PEM, DER, PKCS#7, PKCS#12 and zip, with node:crypto, and node-forge for what OpenSSL 3 forgot.

import { Problem } from '../../domain/problem.ts';
import type { CertificateFiles, Material, UploadedFile } from '../../ports/certificate-files.ts';
import { readStructure } from './der-structure.ts';
import { type FileKind, fileKindOf, foreignText } from './file-kind.ts';
import { GatheredMaterial } from './gathered-material.ts';
import { KeyWork } from './key-work.ts';
import { readText } from './pem-file.ts';
import { MAX_PASSWORD_LENGTH, MAX_PASSWORDS, MAX_UPLOAD_BYTES } from './upload-limits.ts';
import { notReadable, shownName, tooLarge } from './upload-problems.ts';
import type { UploadReading } from './upload-reading.ts';

export class ForgeCertificateFiles implements CertificateFiles {
  async read(files: readonly UploadedFile[], passwords: readonly string[]): Promise<Material> {
    if (files.length === 0)
      throw new Problem('upload-not-readable', 'no file was sent; send the certificate and its key');
    refuseTooMuch(files, passwords);
    const reading = { material: new GatheredMaterial(), passwords: [...new Set(passwords)], work: new KeyWork() };
    const problems: Problem[] = [];
    for (const file of files) {
      reading.material.countFile();
      const problem = await problemOf(() => readFile(file, reading));
      if (problem !== undefined) problems.push(problem);
    }
    throwTogether(problems);
    return reading.material.material();
  }
}

function refuseTooMuch(files: readonly UploadedFile[], passwords: readonly string[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (bytes > MAX_UPLOAD_BYTES) throw tooLarge(`${bytes} bytes, more than ${MAX_UPLOAD_BYTES}`);
  if (passwords.length > MAX_PASSWORDS) throw tooLarge(`more than ${MAX_PASSWORDS} passwords`);
  if (passwords.some(({ length }) => length > MAX_PASSWORD_LENGTH)) {
    throw tooLarge(`a password of more than ${MAX_PASSWORD_LENGTH} characters`);
  }
}

async function readFile(file: UploadedFile, reading: UploadReading): Promise<void> {
  const from = shownName(file.name);
  const kind = fileKindOf(file.bytes);
  if (kind.kind === 'zip') return readZip(file, from, reading);
  const foreign = await readKind(kind, { file, from, reading });
  if (foreign !== undefined) throw notReadable(from, foreign.what, foreign.right);
}

/** Undefined: it was read; otherwise what it is instead. */
async function readKind(
  kind: FileKind,
  { file, from, reading }: { readonly file: UploadedFile; readonly from: string; readonly reading: UploadReading },
): Promise<{ readonly what: string; readonly right?: string } | undefined> {
  switch (kind.kind) {
    case 'zip':
      return { what: 'is a zip in a zip', right: 'unpack it and send the files in it' };
    case 'foreign':
      return kind;
    case 'structure':
      if (await readStructure(file.bytes, from, reading)) return undefined;
      return { what: 'looks like DER and is neither certificate, key, PKCS#7 nor PKCS#12, or is cut' };
    case 'text':
      return (await readText(kind.text, from, reading)) ? undefined : foreignText(kind.text);
  }
}

/** What is beside the certificates in a zip is a remark; a zip of nothing else is a problem. */
async function readZip(zip: UploadedFile, from: string, reading: UploadReading): Promise<void> {
  const { material } = reading;
  const before = material.parts;
  const problems: Problem[] = [];
  const { unpackZip } = await import('./zip-file.ts');
  for (const entry of await unpackZip(zip, from, material)) {
    const place = `${from}: ${shownName(entry.name)}`;
    const problem = await problemOf(async () => {
      const foreign = await readKind(fileKindOf(entry.bytes), { file: entry, from: place, reading });
      if (foreign !== undefined) material.remark('entry-ignored', place, foreign.what);
    });
    if (problem !== undefined) problems.push(problem);
  }
  throwTogether(problems);
  if (material.parts === before) throw notReadable(from, 'is a zip without a certificate or key in it');
}

/** Of one file among several; `upload-too-large` ends all, and so does whatever is no problem of ours. */
async function problemOf(read: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof Problem && error.name !== 'upload-too-large') return error;
    throw error;
  }
}

function throwTogether(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  throw new Problem(first.name, [first, ...others].map(({ message }) => message).join('; '));
}
