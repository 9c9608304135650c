// Would phones, browsers and desktop clients connect to this server from the internet today, and if not, what has to change and by whom.

import { sameAddresses } from './address-values.ts';
import type { NameFinding } from './three-names.ts';

/** What was looked at, or why it was not: nothing is reported as checked that was not. */
export type Looked<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'not-checked'; readonly why: string };

/** One TLS handshake, in what matters here. */
export interface SeenChain {
  readonly fingerprint: string;
  readonly trusted: boolean;
  /** OpenSSL's word for why not. */
  readonly distrust: string | undefined;
  readonly names: readonly string[];
  readonly issuer: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly protocol: string;
}

export type SeenEndpoint =
  | { readonly kind: 'served'; readonly chain: SeenChain }
  | { readonly kind: 'unreachable'; readonly why: string };

export interface ReadinessFacts {
  readonly hostname: string;
  readonly sitePort: number;
  readonly publicIp: string;
  /** Values at the name's own name servers. */
  readonly address: Looked<readonly string[]>;
  /** `bogus`: signed, and the signatures are broken. */
  readonly dnssec: Looked<'sound' | 'bogus'>;
  /** Issuers CAA lets issue for the name; undefined: CAA says nothing, everybody may. */
  readonly caa: Looked<readonly string[] | undefined>;
  readonly outside: Looked<SeenEndpoint>;
  /** The same with a handshake as Apple's App Transport Security asks for: TLS 1.2 or newer, ephemeral keys. */
  readonly asApple: Looked<SeenEndpoint>;
  readonly inside: Looked<SeenEndpoint>;
  readonly names: Looked<readonly NameFinding[]>;
  /** What is written down of a bypass that nobody has said is off. Absent = nothing is. */
  readonly bypass?: { readonly reason: string; readonly until: string } | undefined;
  /** Whether the server itself opens a connection to the push server. */
  readonly pushServer: Looked<boolean>;
}

export const CLIENTS = ['iphone', 'android', 'browser', 'desktop'] as const;
export type Client = (typeof CLIENTS)[number];

/** Who has to act. */
export type Actor = 'customer-dns' | 'customer-network' | 'ucx-administrator' | 'emetrotel';

export interface ReadinessFinding {
  readonly code: ReadinessCode;
  /** `stops`: these clients do not connect; `warns`: they do, and something is or soon will be wrong; `advice`: for a person to look at; `not-checked`. */
  readonly severity: 'stops' | 'warns' | 'advice' | 'not-checked';
  readonly clients: readonly Client[];
  readonly sentence: string;
  readonly remedy: string;
  readonly who: Actor;
}

export interface Readiness {
  readonly verdicts: Readonly<Record<Client, 'yes' | 'no' | 'cannot-say'>>;
  /** What stops first. */
  readonly findings: readonly ReadinessFinding[];
}

/** The codes with what they mean; docs/readiness.md has the same list. */
export const READINESS_CODES = [
  'address-missing',
  'address-other',
  'dnssec-bogus',
  'site-port-closed',
  'site-down',
  'site-other',
  'chain-incomplete',
  'chain-untrusted',
  'chain-expired',
  'chain-not-yet',
  'chain-name',
  'chain-usage',
  'tls-old',
  'key-short',
  'ends-soon',
  'site-url',
  'ucx-hostname',
  'push-blocked',
  'caa-limits',
  'rtp-unseen',
  'public-ip-field',
  'bypass-open',
  'bypass-unseen',
  'transparency-unseen',
  'dns-unseen',
  'outside-unseen',
  'inside-unseen',
  'names-unseen',
  'push-unseen',
] as const;
export type ReadinessCode = (typeof READINESS_CODES)[number];

/** Softphones need media on these ports, and say when they ring by this server (E-MetroTel, InfinityOne - Prerequisites). */
export const RTP_PORTS = '10000 to 13999/UDP';
export const PUSH_SERVER = 'push-server.emetrotel.org';

/** A certificate renewed by us is replaced with a third of its lifetime left; with a tenth left something has gone wrong. */
export const SOON_SHARE = 1 / 10;

const PHONES: readonly Client[] = ['iphone', 'android'];
/** The desktop client goes on whatever the certificate is (its published source of 2021), so it proves nothing. */
const STRICT: readonly Client[] = ['iphone', 'android', 'browser'];

/** Pure: the moment comes in. */
export function judgeReadiness(facts: ReadinessFacts, now: Date): Readiness {
  const findings = [
    ...judgeDns(facts),
    ...judgeEndpoint(facts, now),
    ...judgeSettings(facts),
    ...judgePush(facts),
    ...judgeBypass(facts, now),
    ...advice(facts),
  ];
  const verdicts = Object.fromEntries(CLIENTS.map((client) => [client, verdictFor(client, findings, facts)]));
  const order = ['stops', 'warns', 'not-checked', 'advice'];
  return {
    verdicts: verdicts as Readiness['verdicts'],
    findings: [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity)),
  };
}

function verdictFor(
  client: Client,
  findings: readonly ReadinessFinding[],
  { outside, asApple }: ReadinessFacts,
): 'yes' | 'no' | 'cannot-say' {
  if (findings.some(({ severity, clients }) => severity === 'stops' && clients.includes(client))) return 'no';
  if (outside.kind === 'not-checked' || (client === 'iphone' && asApple.kind === 'not-checked')) return 'cannot-say';
  return 'yes';
}

function judgeDns({ hostname, publicIp, address, dnssec, caa }: ReadinessFacts): readonly ReadinessFinding[] {
  const findings: ReadinessFinding[] = [];
  const set = `Set the address record of ${hostname} to ${publicIp}`;
  if (address.kind === 'not-checked')
    findings.push(unseen('dns-unseen', `public DNS was not looked at: ${address.why}`));
  else if (address.value.length === 0) {
    findings.push({
      ...{ code: 'address-missing', severity: 'stops', clients: CLIENTS, who: 'customer-dns' },
      sentence: `${hostname} has no address in public DNS`,
      remedy: `${set}; in our zones an order does it`,
    });
  } else if (!sameAddresses(address.value, [publicIp])) {
    findings.push({
      ...{ code: 'address-other', severity: 'warns', clients: CLIENTS, who: 'customer-dns' },
      sentence: `${hostname} leads to ${address.value.join(', ')}, the server is known at ${publicIp}`,
      remedy: `${set}, or correct the public address we were given (new internet provider?); behind NAT it is the router's`,
    });
  }
  if (dnssec.kind === 'seen' && dnssec.value === 'bogus') {
    findings.push({
      ...{ code: 'dnssec-bogus', severity: 'stops', clients: CLIENTS, who: 'customer-dns' },
      sentence: `the signatures (DNSSEC) of ${hostname} are broken: resolvers that check them do not answer`,
      remedy: 'Have the domain signed anew, or take its DS record away at the registrar',
    });
  }
  if (caa.kind === 'seen' && caa.value !== undefined) {
    const who = caa.value.length === 0 ? 'nobody' : caa.value.join(', ');
    findings.push({
      ...{ code: 'caa-limits', severity: 'advice', clients: STRICT, who: 'customer-dns' },
      sentence: `CAA of the domain lets ${who} issue certificates for ${hostname}`,
      remedy:
        'The authority we order from must be among them, or the next renewal fails; every order looks before it asks',
    });
  }
  return findings;
}

function judgeEndpoint(facts: ReadinessFacts, now: Date): readonly ReadinessFinding[] {
  const { hostname, sitePort, outside, inside, asApple } = facts;
  if (outside.kind === 'not-checked')
    return [unseen('outside-unseen', `the site port was not looked at from outside: ${outside.why}`)];
  if (outside.value.kind === 'unreachable') return [closedPort(facts, outside.value.why)];
  const { chain } = outside.value;
  const findings: ReadinessFinding[] = [...judgeChain(chain, facts, now)];
  if (inside.kind === 'not-checked')
    findings.push(unseen('inside-unseen', `the server was not looked at from inside: ${inside.why}`));
  else if (inside.value.kind === 'served' && inside.value.chain.fingerprint !== chain.fingerprint) {
    findings.push({
      ...{ code: 'site-other', severity: 'warns', clients: CLIENTS, who: 'customer-network' },
      sentence: `from outside, port ${sitePort} of ${hostname} shows another certificate than the server itself`,
      remedy: 'Look where the router forwards the port to, and at proxies in front of the server',
    });
  }
  if (asApple.kind === 'seen' && asApple.value.kind === 'unreachable') {
    findings.push({
      ...{ code: 'tls-old', severity: 'stops', clients: ['iphone'], who: 'emetrotel' },
      sentence: `the server does not agree to a handshake as iPhones ask for (TLS 1.2 or newer with ephemeral keys): ${asApple.value.why}`,
      remedy: 'Update InfinityOne and the UCX software; no certificate changes this',
    });
  }
  return findings;
}

function closedPort({ hostname, sitePort, inside }: ReadinessFacts, why: string): ReadinessFinding {
  const isUp = inside.kind === 'seen' && inside.value.kind === 'served';
  const isDown = inside.kind === 'seen' && inside.value.kind === 'unreachable';
  if (isDown) {
    return {
      ...{ code: 'site-down', severity: 'stops', clients: CLIENTS, who: 'ucx-administrator' },
      sentence: `InfinityOne does not answer on port ${sitePort}, on the server itself either: ${inside.value.why}`,
      remedy: 'Start InfinityOne; if it does not come up, ask E-MetroTel',
    };
  }
  return {
    ...{ code: 'site-port-closed', severity: 'stops', clients: CLIENTS, who: 'customer-network' },
    sentence: `port ${sitePort}/TCP of ${hostname} cannot be reached from the internet${isUp ? ', though InfinityOne answers on the server' : ''}: ${why}`,
    remedy: `Have the router forward ${sitePort}/TCP to the UCX (192.168.1.200 unless changed), and the firewall let it through`,
  };
}

interface ChainFault {
  readonly code: ReadinessCode;
  readonly is: string;
  readonly remedy: string;
}

const ORDER_ONE = 'Order a certificate for this server';

/** OpenSSL's words, in ours; any other is `chain-untrusted`. */
const FAULTS: Readonly<Record<string, ChainFault>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: 'chain-incomplete',
    is: 'does not lead to a root phones know: its intermediate is missing, or nobody trusts who issued it',
    remedy: 'Have the chain installed completely; an order of ours does. Browsers may hide this fault, phones do not',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    code: 'chain-untrusted',
    is: 'is signed by itself, as the server leaves the factory',
    remedy: ORDER_ONE,
  },
  CERT_HAS_EXPIRED: { code: 'chain-expired', is: 'has ended', remedy: 'Renew it now: order one, and restart at once' },
  CERT_NOT_YET_VALID: {
    code: 'chain-not-yet',
    is: 'is not valid yet',
    remedy: 'Look at the clock of whoever made it; wait, or order another',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'chain-name',
    is: 'is for another name',
    remedy: 'Order one for the name clients type, or have them type a name it has',
  },
  INVALID_PURPOSE: { code: 'chain-usage', is: 'may not be used by a server', remedy: ORDER_ONE },
  EE_KEY_TOO_SMALL: {
    code: 'key-short',
    is: 'has a key shorter than phones allow (RSA of 2048 bits)',
    remedy: ORDER_ONE,
  },
};

function judgeChain(chain: SeenChain, { hostname }: ReadinessFacts, now: Date): readonly ReadinessFinding[] {
  const findings: ReadinessFinding[] = [];
  const says = `the certificate ${hostname} serves (${chain.names.slice(0, 3).join(', ') || 'no name'}; ${chain.issuer})`;
  if (!chain.trusted) {
    const fault = FAULTS[chain.distrust ?? ''] ?? {
      ...{ code: 'chain-untrusted' as const, remedy: ORDER_ONE },
      is: `is none phones trust (${chain.distrust ?? 'untrusted'})`,
    };
    const { code, is, remedy } = fault;
    findings.push({ code, severity: 'stops', clients: STRICT, sentence: `${says} ${is}`, remedy, who: 'emetrotel' });
  }
  const [begins, ends] = [new Date(chain.notBefore).getTime(), new Date(chain.notAfter).getTime()];
  if (chain.trusted && ends - now.getTime() < (ends - begins) * SOON_SHARE) {
    findings.push({
      ...{ code: 'ends-soon', severity: 'warns', clients: STRICT, who: 'emetrotel' },
      sentence: `${says} ends ${chain.notAfter}`,
      remedy: 'Look what holds its renewal up, or order one',
    });
  }
  return findings;
}

function judgeSettings({ names }: ReadinessFacts): readonly ReadinessFinding[] {
  if (names.kind === 'not-checked')
    return [unseen('names-unseen', `Site URL and hostname of the UCX were not read: ${names.why}`)];
  return names.value.map(({ code, kind, sentence, remedy }): ReadinessFinding => {
    if (kind === 'unread') return { ...unseen('names-unseen', sentence), remedy };
    const isSite = code.startsWith('site-url');
    return {
      ...{ code: isSite ? 'site-url' : 'ucx-hostname', severity: 'warns', clients: CLIENTS, sentence, remedy },
      who: 'ucx-administrator',
    };
  });
}

function judgeBypass({ bypass }: ReadinessFacts, now: Date): readonly ReadinessFinding[] {
  if (bypass === undefined) return [];
  const since = now >= new Date(bypass.until) ? 'should have ended' : 'is open until';
  return [
    {
      ...{ code: 'bypass-open', severity: 'warns', clients: CLIENTS, who: 'ucx-administrator' },
      sentence: `"Allow Invalid Self-Signed Certificates" ${since} ${bypass.until} (${bypass.reason}): connections are not authenticated meanwhile, and new Android phones do not connect without a certificate`,
      remedy: 'Switch it off as soon as a trusted certificate is served, and say so; it is never extended by itself',
    },
  ];
}

const GEO_FENCING = 'The push servers are in Canada: a firewall elsewhere that shuts countries out needs an exception';

function judgePush({ pushServer }: ReadinessFacts): readonly ReadinessFinding[] {
  if (pushServer.kind === 'not-checked')
    return [
      {
        ...unseen('push-unseen', `whether the server reaches ${PUSH_SERVER} was not looked at: ${pushServer.why}`),
        remedy: `Look at Administration, Info. ${GEO_FENCING} for ${PUSH_SERVER}, both ways`,
        who: 'customer-network',
      },
    ];
  if (pushServer.value) return [];
  return [
    {
      ...{ code: 'push-blocked', severity: 'warns', clients: PHONES, who: 'customer-network' },
      sentence: `the server does not reach ${PUSH_SERVER}: phones do not ring while the app sleeps`,
      remedy: `Let the server connect to ${PUSH_SERVER}. ${GEO_FENCING} for it, both ways`,
    },
  ];
}

/** True of every server, and seen by nobody from here. */
function advice({ publicIp }: ReadinessFacts): readonly ReadinessFinding[] {
  return [
    {
      ...{ code: 'rtp-unseen', severity: 'advice', clients: CLIENTS, who: 'customer-network' },
      sentence: `media uses ${RTP_PORTS}; without a call nobody can see from outside whether it is forwarded`,
      remedy: `Have the router forward ${RTP_PORTS} to the UCX, and try a call with sound both ways`,
    },
    {
      ...{ code: 'public-ip-field', severity: 'advice', clients: CLIENTS, who: 'ucx-administrator' },
      sentence: 'behind NAT the UCX must know its public address; that field cannot be read from here',
      remedy: `Look that Public IP on the Nortel Settings page is ${publicIp}`,
    },
    {
      ...{ code: 'bypass-unseen', severity: 'not-checked', clients: PHONES, who: 'ucx-administrator' },
      sentence: 'whether "Allow Invalid Self-Signed Certificates" is on was not looked at: no way to read it is known',
      remedy: 'It is for trials only: look that it is off, in the Administration settings of InfinityOne',
    },
    {
      ...{ code: 'transparency-unseen', severity: 'not-checked', clients: ['iphone'], who: 'emetrotel' },
      sentence: 'revocation and certificate transparency were not looked at',
      remedy: 'Nothing to do for certificates of the authorities we order from',
    },
  ];
}

function unseen(code: ReadinessCode, sentence: string): ReadinessFinding {
  return {
    ...{ code, severity: 'not-checked', clients: CLIENTS, who: 'emetrotel' },
    sentence,
    remedy: 'Look again once what stands in the way is gone',
  };
}
