// Everything the linter may find in what a customer brings, how much it matters, and what helps.

/**
 * `refused`: no client would connect, or nobody could install it. `desktop-only`: phones refuse it. `warning`: it works, and somebody should know. `note`: what we
 * did or saw.
 */
export type Severity = 'refused' | 'desktop-only' | 'warning' | 'note';

const NEW_ONE = 'Have the authority issue it anew (most do so free of charge, "reissue")';

/** docs/certificate-findings.md has the same table. */
export const FINDINGS = {
  // what was brought
  'no-certificate': {
    severity: 'refused',
    remedy: 'Send the certificate file the authority delivered (.crt, .pem, .cer, .p7b, .pfx or the whole .zip)',
  },
  'no-leaf': {
    severity: 'refused',
    remedy: 'Send the certificate of the server itself as well; what came are certificates of authorities',
  },
  'several-leaves': {
    severity: 'note',
    remedy: 'Nothing; the one named here was taken. Send it alone if another was meant',
  },
  'key-missing': {
    severity: 'refused',
    remedy:
      'Send the private key too (.key, or a .pfx that holds both), or begin with a CSR of ours, whose key we have',
  },
  'key-not-given': { severity: 'note', remedy: 'Nothing for a check; an order needs the key' },
  'key-does-not-match': {
    severity: 'refused',
    remedy:
      'Send the key that the request (CSR) for this certificate was made with; if it is lost, make a new request and have the certificate reissued',
  },
  // the name
  'name-not-covered': {
    severity: 'refused',
    remedy: `${NEW_ONE}, for the hostname of the server, or give the server a name that the certificate has`,
  },
  'wildcard-too-shallow': {
    severity: 'refused',
    remedy: 'A wildcard stands for one label: have it issued for the name itself, or name the server one label deep',
  },
  'name-only-in-common-name': {
    severity: 'refused',
    remedy: `${NEW_ONE}, with the name as subject alternative name; no client has read the common name for years`,
  },
  // the dates
  expired: { severity: 'refused', remedy: 'Buy or renew it; or let us obtain one, which renews by itself' },
  'not-yet-valid': { severity: 'refused', remedy: 'Wait until it begins, or have it issued anew' },
  'ends-soon': { severity: 'warning', remedy: 'Order the next one now; or let us obtain it, which renews by itself' },
  'lifetime-too-long': {
    severity: 'desktop-only',
    remedy: `${NEW_ONE}, for no longer than the limit; phones count from its first day`,
  },
  // who signed it
  'self-signed': {
    severity: 'refused',
    remedy: 'Use a certificate of a public authority; we obtain one without charge',
  },
  'private-authority': {
    severity: 'desktop-only',
    remedy:
      'Use a certificate of a public authority: apps on Android do not take an authority of one’s own, on iPhones each must be told',
  },
  'chain-incomplete': {
    severity: 'refused',
    remedy: 'Send the intermediate certificates as well: the authority offers them for download ("CA bundle")',
  },
  'wrong-intermediate': {
    severity: 'warning',
    remedy: 'Download the intermediate that belongs to this certificate; that one is of another generation',
  },
  'intermediate-expired': { severity: 'refused', remedy: 'Download the present intermediate from the authority' },
  'intermediate-may-not-sign': {
    severity: 'refused',
    remedy: 'Send the intermediates the authority delivered with this certificate',
  },
  'name-forbidden-by-issuer': {
    severity: 'refused',
    remedy: 'The issuing authority may not sign for this name; have it issued by another',
  },
  revoked: { severity: 'refused', remedy: 'Have it issued anew, with a new key if the old one may be in other hands' },
  'revocation-unknown': { severity: 'note', remedy: 'Nothing; the authority’s list could not be read just now' },
  // what it is made of
  'no-server-auth': { severity: 'refused', remedy: `${NEW_ONE}, as a certificate for servers (TLS, SSL)` },
  'key-usage-wrong': { severity: 'refused', remedy: `${NEW_ONE}; its key may not be used for what TLS needs` },
  'key-usage-old': {
    severity: 'desktop-only',
    remedy: `${NEW_ONE}, with the usage digitalSignature; phones ask for it`,
  },
  'old-signature': { severity: 'refused', remedy: `${NEW_ONE}, signed with SHA-256` },
  'rsa-short': { severity: 'refused', remedy: 'Make a new key of 2048 bits and have the certificate issued for it' },
  'rsa-exponent': {
    severity: 'refused',
    remedy: 'Make a new key with exponent 65537, as every program does by itself',
  },
  'curve-unusual': {
    severity: 'refused',
    remedy: 'Make a new key on the curve P-256 or P-384, or an RSA key of 2048 bits',
  },
  'key-unusual': {
    severity: 'refused',
    remedy: 'Make an RSA key of 2048 bits or an EC key on P-256 and have the certificate issued for it',
  },
  'few-timestamps': {
    severity: 'desktop-only',
    remedy: `${NEW_ONE}, with certificate transparency; iPhones and Chrome refuse it without`,
  },
  'against-standard': { severity: 'refused', remedy: `${NEW_ONE}; strict programs refuse it as it is` },
  'ec-on-old-server': {
    severity: 'warning',
    remedy: 'Old desk phones and servers may know RSA alone; try it outside of working hours, or use an RSA key',
  },
  'key-on-other-server': {
    severity: 'warning',
    remedy: 'Use a key for each server, so that the loss of one is not the loss of all',
  },
  // what was repaired
  'chain-reordered': { severity: 'note', remedy: 'Nothing; the order is put right' },
  'chain-completed': { severity: 'note', remedy: 'Nothing; the missing intermediates are added' },
  'root-left-out': { severity: 'note', remedy: 'Nothing; clients have the root, and it is not sent' },
  'stray-left-out': { severity: 'note', remedy: 'Nothing; what does not belong to the chain is not sent' },
  'several-chains': { severity: 'note', remedy: 'Nothing; the shorter of the chains that phones trust was chosen' },
} as const satisfies Record<string, { readonly severity: Severity; readonly remedy: string }>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** For people: what, of which certificate, as seen. One line. */
  readonly sentence: string;
  readonly remedy: string;
}

export function finding(code: FindingCode, sentence: string): Finding {
  return { code, ...FINDINGS[code], sentence };
}

/** `phones-connect`: everything does. */
export type Verdict = 'phones-connect' | 'desktop-only' | 'refused';

export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ severity }) => severity === 'refused')) return 'refused';
  return findings.some(({ severity }) => severity === 'desktop-only') ? 'desktop-only' : 'phones-connect';
}

const ORDER: readonly Severity[] = ['refused', 'desktop-only', 'warning', 'note'];

/** What matters most comes first. */
export function sorted(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
