// What a leaf must be for phones to connect: name, dates, usages, key, signature.

import { OID } from './certificate-extensions.ts';
import { type CertificateFacts, describeKey } from './certificate-facts.ts';
import { type Finding, finding } from './certificate-findings.ts';

const DAY_MS = 86_400_000;

/** A clock of ours or theirs may be this far off before `notBefore` counts as not yet valid. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** With this share of its life left, the next one should be on its way: there is no renewal by itself. */
export const ENDS_SOON_SHARE = 1 / 6;

/**
 * The longest lifetime in days by the first day of a certificate: CA/Browser Forum Baseline Requirements 6.3.2, and Apple's limits, which phones enforce
 * (https://support.apple.com/en-us/102028). 825 days hold for authorities of one's own as well (https://support.apple.com/en-us/103769).
 */
export const LIFETIME_LIMITS = [
  { from: new Date('2029-03-15T00:00:00Z'), days: 47 },
  { from: new Date('2027-03-15T00:00:00Z'), days: 100 },
  { from: new Date('2026-03-15T00:00:00Z'), days: 200 },
  { from: new Date('2020-09-01T00:00:00Z'), days: 398 },
  { from: new Date(0), days: 825 },
] as const;

export function judgeName(leaf: CertificateFacts, hostname: string | undefined): readonly Finding[] {
  if (hostname === undefined) return [];
  const has = leaf.names.length === 0 ? 'no name' : leaf.names.slice(0, 10).join(', ');
  const covered = leaf.x509.checkHost(hostname, { subject: 'never', wildcards: true, partialWildcards: false });
  if (covered !== undefined) return [];
  if (leaf.names.length === 0 && leaf.commonName?.toLowerCase() === hostname)
    return [finding('name-only-in-common-name', `${hostname} stands only in the common name, where nobody looks`)];
  const shallow = leaf.names.find((name) => name.startsWith('*.') && hostname.endsWith(name.slice(1)));
  if (shallow !== undefined)
    return [finding('wildcard-too-shallow', `${shallow} stands for one label and does not cover ${hostname}`)];
  return [finding('name-not-covered', `it is for ${has}, not for ${hostname}`)];
}

export function judgeDates(leaf: CertificateFacts, now: Date): readonly Finding[] {
  const { notBefore, notAfter } = leaf;
  if (notAfter < now) return [finding('expired', `it ended ${day(notAfter)}`)];
  if (notBefore.getTime() > now.getTime() + CLOCK_TOLERANCE_MS)
    return [finding('not-yet-valid', `it begins ${day(notBefore)}`)];
  const lifetime = notAfter.getTime() - notBefore.getTime();
  const left = notAfter.getTime() - now.getTime();
  if (left >= lifetime * ENDS_SOON_SHARE) return [];
  return [finding('ends-soon', `it ends ${day(notAfter)}, in ${Math.floor(left / DAY_MS)} day(s)`)];
}

/** `isPublic`: its root is one of those that browsers bring along. */
export function judgeLifetime({ notBefore, notAfter }: CertificateFacts, isPublic: boolean): readonly Finding[] {
  const limit = isPublic ? lifetimeLimit(notBefore) : 825;
  // RFC 5280, 4.1.2.5: both ends are included
  const days = (notAfter.getTime() - notBefore.getTime() + 1_000) / DAY_MS;
  if (days <= limit) return [];
  const since = `${Math.ceil(days)} days, and ${limit} is the most for one that began ${day(notBefore)}`;
  return [finding('lifetime-too-long', `it is valid for ${since}`)];
}

export function lifetimeLimit(notBefore: Date): number {
  return LIFETIME_LIMITS.find(({ from }) => notBefore >= from)?.days ?? 825;
}

export function judgeUsages({ extensions, key }: CertificateFacts): readonly Finding[] {
  const { extendedUsages: usages, keyUsage } = extensions;
  const found: Finding[] = [];
  if (usages === undefined)
    found.push(finding('no-server-auth', 'it does not say that it is for servers (serverAuth)'));
  else if (!usages.includes(OID.serverAuth) && !usages.includes(OID.anyUsage))
    found.push(finding('no-server-auth', 'it is for something else than servers'));
  if (keyUsage === undefined || keyUsage.has(DIGITAL_SIGNATURE)) return found;
  if (key.kind === 'rsa' && keyUsage.has(KEY_ENCIPHERMENT))
    return [
      ...found,
      finding('key-usage-old', 'its RSA key may encipher keys and not sign, so only key exchange of old works'),
    ];
  return [...found, finding('key-usage-wrong', `its ${describeKey(key)} key may not sign, and TLS needs that`)];
}

const DIGITAL_SIGNATURE = 0;
const KEY_ENCIPHERMENT = 2;

export function judgeKey({ key }: CertificateFacts, isOldServer: boolean): readonly Finding[] {
  if (key.kind === 'other')
    return [finding('key-unusual', `its key is of the kind ${key.name}, which phones do not take`)];
  if (key.kind === 'rsa') {
    const short = key.bits < 2048 ? [finding('rsa-short', `its RSA key has ${key.bits} bits; 2048 are the least`)] : [];
    const small =
      key.exponent < 65_537n ? [finding('rsa-exponent', `the exponent of its RSA key is ${key.exponent}`)] : [];
    return [...short, ...small];
  }
  if (key.curve !== 'prime256v1' && key.curve !== 'secp384r1')
    return [finding('curve-unusual', `its key is ${describeKey({ ...key })}; phones take P-256 and P-384`)];
  return isOldServer
    ? [finding('ec-on-old-server', `its key is ${describeKey(key)}, and the server is known to be old`)]
    : [];
}

/** https://support.apple.com/en-us/103214: two for a lifetime of up to 180 days, three above. */
export function judgeTimestamps({ notBefore, notAfter, extensions }: CertificateFacts): readonly Finding[] {
  const wanted = notAfter.getTime() - notBefore.getTime() > 180 * DAY_MS ? 3 : 2;
  const { timestamps } = extensions;
  if (timestamps >= wanted) return [];
  return [
    finding('few-timestamps', `it carries ${timestamps} signed timestamp(s) of public logs, phones want ${wanted}`),
  ];
}

function day(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');
}
