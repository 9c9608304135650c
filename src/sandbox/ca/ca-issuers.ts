// The throwaway certificates this CA stands on: made at the first start, read again at every later one.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './ca-journal.ts';
import {
  crossSign,
  exportIssuer,
  type Issuer,
  importIssuer,
  type KeptIssuer,
  makeIntermediate,
  makeRoot,
  TLS_VALIDITY,
  type Validity,
  wholeSeconds,
} from './issuer-certificates.ts';

const FILE_NAME = 'issuers.json';

const DAY_MS = 86_400_000;

export interface CaIssuers {
  readonly root: Issuer;
  /** The one in use, and the one for when the dial `intermediateChanged` is turned. */
  readonly intermediates: readonly [Issuer, Issuer];
  /** Another root, for alternate chains: it signed the same two intermediates again. */
  readonly alternateRoot: Issuer;
  readonly alternateIntermediates: readonly [Issuer, Issuer];
  /** Signs nothing but the certificate of the API's own HTTPS; another root, so that nobody trusts the wrong one unseen. */
  readonly tlsRoot: Issuer;
}

type CoreIssuers = Omit<CaIssuers, 'alternateRoot' | 'alternateIntermediates'>;

/** Names are different in every folder: two sandboxes never pass for each other. */
export async function openIssuers(folder: string, now: Date): Promise<CaIssuers> {
  const kept = await readKept(join(folder, FILE_NAME));
  const core = (await coreOf(kept)) ?? (await makeCore(now));
  const alternates = await alternatesOf(kept);
  if (alternates !== undefined) return { ...core, ...alternates };
  // Also for a folder from before there were alternate chains.
  const made = { ...core, ...(await makeAlternates(core, now)) };
  await writeWhole(join(folder, FILE_NAME), `${JSON.stringify(await asKept(made), undefined, 2)}\n`);
  return made;
}

async function makeCore(now: Date): Promise<CoreIssuers> {
  const mark = randomBytes(3).toString('hex');
  const root = await makeRoot(`Sandbox Root ${mark}`, yearsFrom(now, 15));
  const tlsRoot = await makeRoot(`Sandbox API Root ${mark}`, TLS_VALIDITY);
  const first = await makeIntermediate(`Sandbox Intermediate ${mark} A`, root, yearsFrom(now, 10));
  const second = await makeIntermediate(`Sandbox Intermediate ${mark} B`, root, yearsFrom(now, 10));
  return { root, intermediates: [first, second], tlsRoot };
}

async function makeAlternates({ intermediates }: CoreIssuers, now: Date): Promise<Omit<CaIssuers, keyof CoreIssuers>> {
  const alternateRoot = await makeRoot(`Sandbox Alternate Root ${randomBytes(3).toString('hex')}`, yearsFrom(now, 15));
  const [first, second] = intermediates;
  return {
    alternateRoot,
    alternateIntermediates: [await crossSign(first, alternateRoot), await crossSign(second, alternateRoot)],
  };
}

function yearsFrom(now: Date, years: number): Validity {
  return {
    notBefore: wholeSeconds(now.getTime() - DAY_MS),
    notAfter: wholeSeconds(now.getTime() + years * 365 * DAY_MS),
  };
}

type KeptName = 'root' | 'intermediate0' | 'intermediate1' | 'tlsRoot' | 'alternateRoot' | 'alternate0' | 'alternate1';
type Kept = Readonly<Partial<Record<KeptName, KeptIssuer>>>;

async function asKept(issuers: CaIssuers): Promise<Kept> {
  const { root, intermediates, tlsRoot, alternateRoot, alternateIntermediates } = issuers;
  return {
    root: await exportIssuer(root),
    intermediate0: await exportIssuer(intermediates[0]),
    intermediate1: await exportIssuer(intermediates[1]),
    tlsRoot: await exportIssuer(tlsRoot),
    alternateRoot: await exportIssuer(alternateRoot),
    alternate0: await exportIssuer(alternateIntermediates[0]),
    alternate1: await exportIssuer(alternateIntermediates[1]),
  };
}

async function readKept(path: string): Promise<Kept> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text) as Kept;
}

async function coreOf({ root, intermediate0, intermediate1, tlsRoot }: Kept): Promise<CoreIssuers | undefined> {
  if (!root || !intermediate0 || !intermediate1 || !tlsRoot) return undefined;
  return {
    root: await importIssuer(root),
    intermediates: [await importIssuer(intermediate0), await importIssuer(intermediate1)],
    tlsRoot: await importIssuer(tlsRoot),
  };
}

async function alternatesOf(kept: Kept): Promise<Omit<CaIssuers, keyof CoreIssuers> | undefined> {
  const { alternateRoot, alternate0, alternate1 } = kept;
  if (!alternateRoot || !alternate0 || !alternate1) return undefined;
  return {
    alternateRoot: await importIssuer(alternateRoot),
    alternateIntermediates: [await importIssuer(alternate0), await importIssuer(alternate1)],
  };
}
