// Judges what a customer brings: which leaf, which key, which chain, and whether phones will connect. Pure: the moment and the trust come in.

import { type CertificateFacts, describeKey } from './certificate-facts.ts';
import { type Finding, finding, sorted, type Verdict, verdictOf } from './certificate-findings.ts';
import { findPaths, isTrusted, type Path, type Trust } from './chain-building.ts';
import { judgeIssuers, judgeStandard } from './issuer-rules.ts';
import { judgeDates, judgeKey, judgeLifetime, judgeName, judgeTimestamps, judgeUsages } from './leaf-rules.ts';

export interface Brought {
  /** As they were met, each once. */
  readonly certificates: readonly CertificateFacts[];
  /** `publicKeyId` of each private key, and where it was found. */
  readonly keys: readonly { readonly publicKey: string; readonly from: string }[];
}

export interface JudgementRules {
  /** In our form. @default - the name is not looked at */
  readonly hostname?: string | undefined;
  readonly now: Date;
  readonly trust: Trust;
  /** Intermediates known from elsewhere, to complete a chain with. */
  readonly known: readonly CertificateFacts[];
  /** An order cannot do without; a check can. */
  readonly needsKey: boolean;
  /** @default false */
  readonly isOldServer?: boolean | undefined;
  /** Hostname of another server of the same partner that uses this `publicKeyId`. @default - none is known */
  readonly usedBy?: ((publicKey: string) => string | undefined) | undefined;
  /** What its authority's list says; absent = nobody asked. */
  readonly revocation?: ((leaf: CertificateFacts) => 'good' | 'revoked' | 'unknown' | undefined) | undefined;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** What matters most comes first. */
  readonly findings: readonly Finding[];
  readonly leaf: CertificateFacts | undefined;
  /** As it would be sent: leaf first, ordered, complete if it could be, without its root. Empty without a leaf. */
  readonly chain: readonly CertificateFacts[];
  readonly root: CertificateFacts | undefined;
  /** Index in `keys` of the one that belongs to the leaf. */
  readonly keyIndex: number | undefined;
  /** Where the issuer that is missing can be had, as the last certificate says (RFC 5280, 4.2.2.1). */
  readonly missingIssuerUrls: readonly string[];
}

export function judgeCertificate(brought: Brought, rules: JudgementRules): Judgement {
  const leaf = chooseLeaf(brought, rules);
  if (leaf === undefined) {
    const found =
      brought.certificates.length === 0
        ? finding('no-certificate', 'there is no certificate in what was sent')
        : finding('no-leaf', `these are authorities: ${titles(brought.certificates)}`);
    return nothing([found]);
  }
  const pool = [...brought.certificates.filter(({ fingerprint }) => fingerprint !== leaf.fingerprint), ...rules.known];
  const judged = findPaths(leaf, pool, rules.trust).map((path) => ({ path, findings: judgePath(path, rules) }));
  judged.sort((a, b) => weigh(a.findings, a.path, brought) - weigh(b.findings, b.path, brought));
  const [best] = judged;
  if (best === undefined) return nothing([]);
  const { path, findings } = best;
  const keyIndex = brought.keys.findIndex(({ publicKey }) => publicKey === leaf.publicKey);
  const all = [
    ...judgeKeys(brought, leaf, rules),
    ...judgeName(leaf, rules.hostname),
    ...judgeDates(leaf, rules.now),
    ...judgeUsages(leaf),
    ...judgeKey(leaf, rules.isOldServer === true),
    ...judgeRevocation(leaf, rules),
    ...findings,
    ...describeRepair(path, brought, leaf),
    ...(judged.filter((one) => one.path.end.kind === 'trusted' && verdictOf(one.findings) !== 'refused').length > 1
      ? [finding('several-chains', `it leads to several trusted roots; sent is the one to ${rootTitle(path)}`)]
      : []),
  ];
  return {
    verdict: verdictOf(all),
    findings: sorted(unique(all)),
    leaf,
    chain: path.chain,
    root: path.end.kind === 'open' ? undefined : path.end.root,
    keyIndex: keyIndex === -1 ? undefined : keyIndex,
    missingIssuerUrls: path.end.kind === 'open' ? (path.chain.at(-1)?.extensions.caIssuerUrls ?? []) : [],
  };
}

function nothing(findings: readonly Finding[]): Judgement {
  return {
    ...{ verdict: 'refused', findings, leaf: undefined, chain: [] },
    ...{ root: undefined, keyIndex: undefined, missingIssuerUrls: [] },
  };
}

/** Of several, the one that fits best: name, key, dates, then the one that lasts longest. A lone self-signed one is its own authority and a leaf all the same. */
function chooseLeaf({ certificates, keys }: Brought, { hostname, now }: JudgementRules): CertificateFacts | undefined {
  const ends = certificates.filter(({ isCa }) => !isCa);
  const own = certificates.filter((one) => one.isCa && one.isSelfSigned && isForServer(one, keys));
  const fits = (one: CertificateFacts) =>
    (judgeName(one, hostname).length === 0 ? 4 : 0) +
    (keys.some(({ publicKey }) => publicKey === one.publicKey) ? 2 : 0) +
    (one.notAfter >= now && one.notBefore <= now ? 1 : 0);
  return [...(ends.length > 0 ? ends : own)].sort(
    (a, b) =>
      fits(b) - fits(a) || b.notAfter.getTime() - a.notAfter.getTime() || (a.fingerprint < b.fingerprint ? -1 : 1),
  )[0];
}

function isForServer({ names, publicKey }: CertificateFacts, keys: Brought['keys']): boolean {
  return names.length > 0 || keys.some((key) => key.publicKey === publicKey);
}

function judgePath({ chain, end }: Path, { now }: JudgementRules): readonly Finding[] {
  const [leaf] = chain;
  const last = chain.at(-1);
  if (leaf === undefined || last === undefined) return [];
  const root = end.kind === 'open' ? undefined : end.root;
  const links = [...judgeIssuers(chain, root, now), ...judgeStandard(chain)];
  const isPublic = end.kind === 'trusted' && end.isPublic;
  const public_ = [...judgeLifetime(leaf, isPublic), ...(isPublic ? judgeTimestamps(leaf) : [])];
  if (leaf.isSelfSigned) return [finding('self-signed', 'it is signed by itself; no phone trusts that'), ...links];
  if (end.kind === 'private')
    return [
      finding('private-authority', `it leads to ${end.root.title}, an authority that phones do not know`),
      ...public_,
      ...links,
    ];
  if (end.kind === 'open')
    return [
      finding('chain-incomplete', `the certificate that signed ${last.title} is missing: ${last.issuer}`),
      ...links,
    ];
  return [...public_, ...links];
}

/** Lower is better: a trusted end, no refusal, what was brought, short. */
function weigh(findings: readonly Finding[], { chain, end }: Path, { certificates }: Brought): number {
  const kind = { trusted: 0, private: 1, open: 2 }[end.kind];
  const refused = findings.filter(({ severity }) => severity === 'refused').length;
  const added = chain.filter((one) => !certificates.some(({ fingerprint }) => fingerprint === one.fingerprint)).length;
  return refused * 10_000 + kind * 1_000 + chain.length * 10 + added;
}

function judgeKeys({ certificates, keys }: Brought, leaf: CertificateFacts, rules: JudgementRules): readonly Finding[] {
  const found: Finding[] = [];
  const other = rules.usedBy?.(leaf.publicKey);
  if (other !== undefined) found.push(finding('key-on-other-server', `its key is in use on ${other} already`));
  if (keys.some(({ publicKey }) => publicKey === leaf.publicKey)) return found;
  if (keys.length === 0)
    return [
      ...found,
      rules.needsKey
        ? finding('key-missing', 'no private key was sent with it')
        : finding('key-not-given', 'no private key was sent'),
    ];
  const belongs = keys.map(({ publicKey, from }) => {
    const its = certificates.find((one) => one.publicKey === publicKey);
    return its === undefined ? `${from} belongs to none of them` : `${from} belongs to ${its.title}`;
  });
  return [
    ...found,
    finding('key-does-not-match', `no key that was sent belongs to ${leaf.title}: ${belongs.join('; ')}`),
  ];
}

function judgeRevocation(leaf: CertificateFacts, { revocation }: JudgementRules): readonly Finding[] {
  const state = revocation?.(leaf);
  if (state === 'revoked') return [finding('revoked', 'its authority has taken it back')];
  return state === 'unknown'
    ? [finding('revocation-unknown', 'whether its authority has taken it back could not be found out')]
    : [];
}

/** What differs between what was brought and what is sent. */
function describeRepair({ chain, end }: Path, { certificates }: Brought, leaf: CertificateFacts): readonly Finding[] {
  const found: Finding[] = [];
  const isIn = (list: readonly CertificateFacts[], one: CertificateFacts) =>
    list.some(({ fingerprint }) => fingerprint === one.fingerprint);
  const added = chain.filter((one) => !isIn(certificates, one));
  if (added.length > 0) found.push(finding('chain-completed', `added: ${titles(added)}`));
  const sent = certificates.filter((one) => isIn(chain, one));
  const wanted = chain.filter((one) => isIn(certificates, one));
  if (sent.some((one, i) => one.fingerprint !== wanted[i]?.fingerprint))
    found.push(finding('chain-reordered', `put in order: ${titles(wanted)}`));
  const left = certificates.filter((one) => !isIn(chain, one));
  const roots = left.filter(({ isSelfSigned }) => isSelfSigned);
  const leaves = left.filter(({ isCa, isSelfSigned }) => !isCa && !isSelfSigned);
  if (leaves.length > 0) {
    const taken = `${leaf.title}, valid until ${leaf.notAfter.toISOString().slice(0, 10)}`;
    found.push(finding('several-leaves', `taken is ${taken}; not taken: ${titles(leaves)}`));
  }
  if (roots.length > 0) found.push(finding('root-left-out', `left out: ${titles(roots)}`));
  const strays = left.filter(({ isCa, isSelfSigned }) => isCa && !isSelfSigned);
  const last = chain.at(-1);
  const wrong = strays.filter(
    ({ extensions }) => end.kind !== 'trusted' && extensions.subject === last?.extensions.issuer,
  );
  if (wrong.length > 0)
    found.push(finding('wrong-intermediate', `${titles(wrong)} has the right name and did not sign ${last?.title}`));
  const rest = strays.filter((one) => !wrong.includes(one));
  if (rest.length > 0) found.push(finding('stray-left-out', `left out: ${titles(rest)}`));
  return found;
}

function rootTitle({ end }: Path): string {
  return end.kind === 'open' ? 'no root' : end.root.title;
}

function titles(certificates: readonly CertificateFacts[]): string {
  return certificates
    .slice(0, 5)
    .map(({ title }) => title)
    .join(', ');
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    (one, i) => findings.findIndex((other) => other.code === one.code && other.sentence === one.sentence) === i,
  );
}

/** A line for people: what it is. */
export function describeCertificate({ names, title, key, notAfter, issuer }: CertificateFacts): string {
  return `${names[0] ?? title}, ${describeKey(key)}, until ${notAfter.toISOString().slice(0, 10)}, by ${issuer}`;
}

/** Intermediates of a judged chain that are worth remembering: they lead to a root we trust. */
export function worthKnowing({ chain, root }: Judgement, trust: Trust): readonly CertificateFacts[] {
  return root !== undefined && isTrusted(root, trust) ? chain.slice(1) : [];
}
