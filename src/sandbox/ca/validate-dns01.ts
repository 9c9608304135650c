// Looks in the DNS for the answer to a dns-01 challenge (RFC 8555, section 8.4).

import { createHash } from 'node:crypto';
import { failureText, fromEverywhere, type LookUp } from './ca-dns-views.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';

export interface Dns01Question {
  /** Without `*.`: `pbx.northwind.test`. */
  readonly name: string;
  /** `token.thumbprint`. */
  readonly keyAuthorization: string;
  /** As `host:port`. */
  readonly dnsServers: readonly string[];
}

/**
 * Every name server must hold the value. Resolves, or refuses with `dns` (no answer to be had) or `unauthorized` (an answer
 * without the value).
 */
export async function validateDns01(question: Dns01Question, signal: AbortSignal): Promise<void> {
  await fromEverywhere(question.dnsServers, signal, (lookUp) => validateFrom(lookUp, question));
}

/** The digest that must be in a TXT record. */
export function txtValueOf(keyAuthorization: string): string {
  return createHash('sha256').update(keyAuthorization).digest('base64url');
}

async function validateFrom(lookUp: LookUp, question: Dns01Question): Promise<void> {
  const name = `_acme-challenge.${question.name}`;
  const found = await lookUp((resolver) => resolver.resolveTxt(name));
  const isEmpty = found === 'ENODATA';
  if (typeof found === 'string' && !isEmpty) {
    throw new CaRefusal('dns', `DNS problem: ${failureText(found)} looking up TXT for ${name}`);
  }
  const values = typeof found === 'string' ? [] : found.map((parts) => parts.join(''));
  if (values.includes(txtValueOf(question.keyAuthorization))) return;
  const [first] = values;
  if (first === undefined) throw new CaRefusal('unauthorized', `no TXT record at ${name}`);
  const others = values.length === 1 ? '' : ` (and ${values.length - 1} more)`;
  throw new CaRefusal('unauthorized', `wrong TXT record ${quoted(first)}${others} at ${name}`);
}
