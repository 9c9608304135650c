// What every certificate of a chain must keep to, and who may sign for whom (RFC 5280, 4.2 and 6.1, as strict programs read it).

import { OID } from './certificate-extensions.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { type Finding, finding } from './certificate-findings.ts';

const KEY_CERT_SIGN = 5;

/** Extensions that clients understand; any other must not be critical (RFC 5280, 4.2). */
const UNDERSTOOD: readonly string[] = [
  ...[OID.subjectKeyId, OID.keyUsage, OID.alternativeNames, OID.basicConstraints, OID.nameConstraints],
  ...[OID.crlPoints, OID.authorityKeyId, OID.extendedUsages, OID.policies, OID.information],
];

/** Of the chain as it is sent, leaf first, without its root. */
export function judgeStandard(chain: readonly CertificateFacts[]): readonly Finding[] {
  return chain.flatMap((certificate, i) =>
    faultsOf(certificate, i > 0).map((fault) => finding('against-standard', `${certificate.title}: ${fault}`)),
  );
}

function faultsOf(certificate: CertificateFacts, isIssuer: boolean): readonly string[] {
  const { extensions: is, isCa } = certificate;
  const faults: string[] = [];
  if (is.version < 3 && is.present.size > 0) faults.push('it has extensions and is not of version 3');
  if (is.version < 3 && isIssuer) faults.push('it is of version 1, which may not sign');
  if (!is.isSignedAsSaid) faults.push('it names two different signature algorithms');
  if (is.hasEmptyIssuer) faults.push('it names no issuer');
  if (is.hasEmptySubject && (isCa || is.alternativeNames === undefined)) faults.push('it names no subject');
  if (is.hasEmptySubject && is.alternativeNames !== undefined && !is.critical.has(OID.alternativeNames))
    faults.push('its subject is empty, and its names are not marked critical');
  if (is.alternativeNames === 0) faults.push('its list of names is empty');
  if (is.present.has(OID.poison)) faults.push('it is a precertificate, made for logs and not for servers');
  const unknown = [...is.critical].filter((id) => !UNDERSTOOD.includes(id) && id !== OID.poison);
  if (unknown.length > 0) faults.push(`it has a critical extension that clients do not know (${unknown[0]})`);
  if (is.critical.has(OID.authorityKeyId) || is.critical.has(OID.subjectKeyId))
    faults.push('a key identifier is marked critical');
  if (is.version === 3 && !certificate.isSelfSigned && is.authorityKeyId === undefined)
    faults.push('it has no identifier of its issuer’s key');
  if (isCa) {
    if (!is.critical.has(OID.basicConstraints)) faults.push('that it is an authority is not marked critical');
    if (is.keyUsage === undefined) faults.push('it is an authority and does not say what its key may do');
    if (is.subjectKeyId === undefined) faults.push('it is an authority and has no identifier of its key');
  } else {
    if (is.keyUsage?.has(KEY_CERT_SIGN) === true) faults.push('its key may sign certificates, and it is no authority');
    if (is.basicConstraints?.pathLength !== undefined) faults.push('it limits a path and is no authority');
  }
  if (is.basicConstraints?.pathLength !== undefined && is.keyUsage?.has(KEY_CERT_SIGN) === false)
    faults.push('it limits a path and may not sign');
  return faults;
}

/** The issuers of a chain, root last where one is known: each may sign for what stands before it. */
export function judgeIssuers(
  chain: readonly CertificateFacts[],
  root: CertificateFacts | undefined,
  now: Date,
): readonly Finding[] {
  const found: Finding[] = [];
  const [leaf] = chain;
  const issuers = [...chain.slice(1), ...(root === undefined ? [] : [root])];
  issuers.forEach((issuer, i) => {
    const why = mayNotSign(issuer, chain.slice(1, i + 1));
    if (why !== undefined) found.push(finding('intermediate-may-not-sign', `${issuer.title} ${why}`));
    if (issuer.notAfter < now)
      found.push(
        finding('intermediate-expired', `${issuer.title} ended ${issuer.notAfter.toISOString().slice(0, 10)}`),
      );
    else if (issuer.notBefore > now)
      found.push(
        finding('intermediate-expired', `${issuer.title} begins only ${issuer.notBefore.toISOString().slice(0, 10)}`),
      );
    if (leaf !== undefined) found.push(...judgeConstraints(issuer, leaf));
  });
  for (const certificate of chain) {
    const { signatureHash } = certificate.extensions;
    if (certificate.isSelfSigned) continue;
    if (signatureHash === 'sha1' || signatureHash === 'md5' || signatureHash === undefined)
      found.push(
        finding('old-signature', `${certificate.title} is signed with ${signatureHash ?? 'an algorithm nobody uses'}`),
      );
  }
  for (const { title, key } of chain.slice(1)) {
    if (key.kind === 'rsa' && key.bits < 2048)
      found.push(finding('intermediate-may-not-sign', `${title} has an RSA key of ${key.bits} bits`));
  }
  return found;
}

function mayNotSign({ isCa, extensions }: CertificateFacts, below: readonly CertificateFacts[]): string | undefined {
  if (!isCa) return 'is no authority and may not sign';
  if (extensions.keyUsage?.has(KEY_CERT_SIGN) === false) return 'may not sign certificates';
  const usages = extensions.extendedUsages;
  if (usages !== undefined && !usages.includes(OID.serverAuth) && !usages.includes(OID.anyUsage))
    return 'may not sign for servers';
  const most = extensions.basicConstraints?.pathLength;
  // RFC 5280, 4.2.1.9: those that are issued to oneself do not count
  const between = below.filter(({ x509 }) => x509.subject !== x509.issuer).length;
  return most !== undefined && between > most
    ? `allows ${most} authority(ies) below it, and here are ${between}`
    : undefined;
}

/** Whatever is limited otherwise than by DNS names is refused: better than to accept what a client does not. */
function judgeConstraints({ title, extensions }: CertificateFacts, leaf: CertificateFacts): readonly Finding[] {
  const { constraints } = extensions;
  if (constraints === undefined) return [];
  const { permittedDns, excludedDns, others } = constraints;
  const within = (name: string, base: string) =>
    base === '' || name === base || name.endsWith(base.startsWith('.') ? base : `.${base}`);
  const forbidden = leaf.names
    .map((name) => name.replace(/^\*\./, ''))
    .find(
      (name) =>
        (permittedDns.length > 0 && !permittedDns.some((base) => within(name, base))) ||
        excludedDns.some((base) => within(name, base)),
    );
  if (forbidden !== undefined) return [finding('name-forbidden-by-issuer', `${title} may not sign for ${forbidden}`)];
  return others
    ? [finding('name-forbidden-by-issuer', `${title} is limited in a way that is not only about DNS names`)]
    : [];
}
