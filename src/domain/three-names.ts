// Three names that must be one: what the UCX calls itself, the host of InfinityOne's Site URL, and the hostname in the certificate.

import { isIP } from 'node:net';

/** As a look at the server found them; what is absent could not be read. */
export interface NamesSeen {
  /** The UCX's own `hostname`. */
  readonly hostname?: string | undefined;
  /** Site host and port as InfinityOne tells every client before login, like `https://pbx.customer.example:21326`. */
  readonly siteUrl?: string | undefined;
}

export interface NamesWanted {
  /** Names of the certificate, the hostname first. */
  readonly names: readonly [string, ...string[]];
  readonly sitePort: number;
}

export type NameFindingCode =
  | 'site-url-address'
  | 'site-url-name'
  | 'site-url-port'
  | 'site-url-unclear'
  | 'site-url-unread'
  | 'ucx-hostname-factory'
  | 'ucx-hostname'
  | 'ucx-hostname-unread';

export interface NameFinding {
  readonly code: NameFindingCode;
  /** `differs`: somebody has to change it; `unread`: it could not be looked at, so nothing is said about it. */
  readonly kind: 'differs' | 'unread';
  readonly seen: string | undefined;
  readonly wanted: string;
  /** What is so, in one sentence of plain words. */
  readonly sentence: string;
  /** Where it is changed, and what to write there. */
  readonly remedy: string;
}

/** What is kept of it with the server. */
export interface ServerNames {
  readonly findings: readonly NameFinding[];
  /** ISO 8601. */
  readonly seenAt: string;
}

const SITE_URL_PLACE =
  'InfinityOne, signed in as administrator in a browser or the desktop client: Administration, General, Network';
const HOSTNAME_PLACE = 'web administration of the UCX: System, Network';

/** As the UCX leaves the factory (E-MetroTel, Galaxy Appliances - Deployment in a Network). */
const FACTORY_HOSTNAMES = ['localhost.localdomain', 'localhost'];

/**
 * The findings, what people change first; none = all three are one. The Site URL may name any name of the certificate, the UCX only the hostname.
 * Sources: E-MetroTel, InfinityOne - Prerequisites (the names must match; after an upgrade the Site URL may be an address or whatever the browser
 * had been given) and Galaxy Appliances (factory hostname).
 */
export function judgeNames(seen: NamesSeen, wanted: NamesWanted): readonly NameFinding[] {
  return [...judgeSiteUrl(seen.siteUrl, wanted), ...judgeHostname(seen.hostname, wanted)];
}

export function hasDifferences(findings: readonly NameFinding[]): boolean {
  return findings.some(({ kind }) => kind === 'differs');
}

/** For the people who change it: one line each. */
export function describeFinding({ sentence, remedy }: Pick<NameFinding, 'sentence' | 'remedy'>): string {
  return `${sentence}. ${remedy}`;
}

function judgeSiteUrl(text: string | undefined, { names, sitePort }: NamesWanted): readonly NameFinding[] {
  const url = `https://${names[0]}:${sitePort}`;
  const about = { seen: text, wanted: url };
  if (text === undefined) {
    return [
      {
        ...about,
        ...{ code: 'site-url-unread', kind: 'unread' },
        sentence: 'InfinityOne did not tell its Site URL, so it was not compared',
        remedy: `Look for yourself that it is ${url} (${SITE_URL_PLACE})`,
      },
    ];
  }
  const site = readSite(text);
  const change = `Change it to host name ${names[0]}, port ${sitePort} (${SITE_URL_PLACE})`;
  if (site === undefined) {
    const sentence = `the Site URL of InfinityOne, "${text}", is no address of a web site`;
    return [{ ...about, code: 'site-url-unclear', kind: 'differs', sentence, remedy: change }];
  }
  const findings: NameFinding[] = [];
  if (isAddress(site.host)) {
    findings.push({
      ...about,
      ...{ code: 'site-url-address', kind: 'differs' },
      sentence: `the Site URL of InfinityOne is the address ${site.host}, as its installation wizard leaves it when it was opened by address; no certificate is for that, and links it mails lead there`,
      remedy: change,
    });
  } else if (!names.includes(site.host)) {
    findings.push({
      ...about,
      ...{ code: 'site-url-name', kind: 'differs' },
      sentence: `the Site URL of InfinityOne names "${site.host}", the certificate "${names.join('", "')}"`,
      remedy: change,
    });
  }
  if (site.port !== sitePort) {
    findings.push({
      ...about,
      ...{ code: 'site-url-port', kind: 'differs' },
      sentence: `the Site URL of InfinityOne has port ${site.port}, the order ${sitePort}`,
      remedy: `Change the one that is wrong: the port clients use and the router forwards must be the one in both (${SITE_URL_PLACE})`,
    });
  }
  return findings;
}

function judgeHostname(text: string | undefined, { names }: NamesWanted): readonly NameFinding[] {
  const [wanted] = names;
  const seen = text?.toLowerCase().replace(/\.$/, '');
  const about = { seen: text, wanted };
  const change = `Change it to ${wanted} (${HOSTNAME_PLACE}); of a high-availability pair only after the cluster was split, which is E-MetroTel's work`;
  if (seen === undefined || seen === '') {
    const sentence = 'the UCX did not tell its own hostname, so it was not compared';
    const remedy = `Look for yourself that it is ${wanted} (${HOSTNAME_PLACE})`;
    return [{ ...about, code: 'ucx-hostname-unread', kind: 'unread', sentence, remedy }];
  }
  if (seen === wanted) return [];
  if (FACTORY_HOSTNAMES.includes(seen)) {
    const sentence = `the UCX calls itself "${seen}", as it leaves the factory`;
    return [{ ...about, code: 'ucx-hostname-factory', kind: 'differs', sentence, remedy: change }];
  }
  const sentence = `the UCX calls itself "${seen}", the certificate "${wanted}"`;
  return [{ ...about, code: 'ucx-hostname', kind: 'differs', sentence, remedy: change }];
}

function readSite(text: string): { readonly host: string; readonly port: number } | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(whole)) return undefined;
  const { protocol, hostname, port } = new URL(whole);
  if (hostname === '' || (protocol !== 'https:' && protocol !== 'http:')) return undefined;
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.toLowerCase().replace(/\.$/, ''), port: port === '' ? usual : Number(port) };
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}
