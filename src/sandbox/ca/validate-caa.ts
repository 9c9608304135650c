// Looks up CAA records, from the name upwards (RFC 8659, section 3), and refuses unless every name server lets us issue.

import type { CaaRecord as NodeCaaRecord } from 'node:dns';
import { type CaaQuestion, type CaaRecord, caaPermits } from './ca-caa-policy.ts';
import { failureText, fromEverywhere, type LookUp } from './ca-dns-views.ts';
import { CaRefusal } from './ca-refusal.ts';

export interface CaaCheck extends CaaQuestion {
  /** Without `*.`. */
  readonly name: string;
  /** As `host:port`. */
  readonly dnsServers: readonly string[];
}

const CRITICAL_BIT = 128;

/**
 * Refuses with `caa` where records forbid us, and with `dns` where a look-up fails: what cannot be read may forbid us
 * (CA/B Forum BR 3.2.2.8). Aliases are followed by the name servers.
 */
export async function checkCaa(check: CaaCheck, signal: AbortSignal): Promise<void> {
  await fromEverywhere(check.dnsServers, signal, (lookUp) => checkFrom(lookUp, check));
}

async function checkFrom(lookUp: LookUp, check: CaaCheck): Promise<void> {
  const names = climb(check.name);
  // All at once, as Let's Encrypt does: a silent server then costs its time once.
  const found = await Promise.all(names.map((name) => lookUp((resolver) => resolver.resolveCaa(name))));
  for (const [index, answer] of found.entries()) {
    const name = names[index] ?? '';
    if (typeof answer === 'string') {
      if (answer === 'ENODATA' || answer === 'ENOTFOUND') continue;
      // These servers are our whole internet; what lies above their zones nobody else answers for, as a registry would.
      if (answer === 'EREFUSED' && index > 0) continue;
      throw new CaRefusal('dns', `DNS problem: ${failureText(answer)} looking up CAA for ${name}`);
    }
    if (answer.length === 0) continue;
    if (caaPermits(answer.map(recordOf), check)) return;
    throw new CaRefusal('caa', `CAA record for ${name} prevents issuance`);
  }
}

/** `a.b.test`, `b.test`, `test`; the root is not asked. */
function climb(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/**
 * Node names a property after the tag, beside `critical` and `type`. A tag of such a name hides behind these: it is one that
 * nobody knows, and where it hides the flags it is taken to be critical.
 */
function recordOf(record: NodeCaaRecord): CaaRecord {
  const { critical, ...rest }: { readonly critical: unknown } & Readonly<Record<string, unknown>> = { ...record };
  const [[tag, value] = ['unknown', '']] = Object.entries(rest).filter(([name]) => name !== 'type');
  const isCritical = typeof critical !== 'number' || (critical & CRITICAL_BIT) !== 0;
  return { critical: isCritical, tag: tag.toLowerCase(), value: String(value) };
}
