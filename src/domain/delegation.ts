// Where a look-up of a name ends when the name is an alias, and what a customer sets so that it ends with us.

import { createHash } from 'node:crypto';
import { MAX_NAME } from './dns-name.ts';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';

/** Public resolvers and CAs follow about so many aliases and no more (BIND and Unbound stop between 8 and 16). */
export const MAX_ALIASES = 8;

/** Lower case, no final dot; the name that was asked for first, then each alias target. */
export type AliasChain = readonly [string, ...string[]];

export function endOf(chain: AliasChain): string {
  return chain.at(-1) ?? chain[0];
}

/** What a target may consist of: DNS would carry any octet, but nobody proves anything at such a name. */
const TARGET = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * One alias more, its target as it came from outside. A target that is no name, a loop or a chain of more than `MAX_ALIASES` is a
 * `delegation-broken` problem that shows it.
 */
export function extendChain(chain: AliasChain, target: string): AliasChain {
  const plain = target.toLowerCase().replace(/\.$/, '');
  if (!TARGET.test(plain)) {
    throw new Problem(
      'delegation-broken',
      `"${endOf(chain)}" is an alias of ${quoted(target)}, which is no name to prove at`,
    );
  }
  const longer: AliasChain = [...chain, plain];
  if (chain.includes(endOf(longer))) {
    throw new Problem('delegation-broken', `the aliases of "${chain[0]}" go in circles: ${shownChain(longer)}`);
  }
  if (chain.length > MAX_ALIASES) {
    const most = `more than ${MAX_ALIASES} aliases, which CAs do not follow`;
    throw new Problem('delegation-broken', `"${chain[0]}" leads over ${most}: ${shownChain(longer)}`);
  }
  return longer;
}

/** What of a name of ours another zone answers for: one cut out of ours (NS below its apex; RFC 1034, 4.2.1). */
export interface ZoneCut {
  readonly at: string;
}

/** `delegationZone`: under which customers' names are delegated to us; undefined when there is none. */
export function endsElsewhere(chain: AliasChain, delegationZone: string | undefined, cut?: ZoneCut): Problem {
  const notes = [...(chain.length > 1 ? [shownChain(chain)] : []), ...(cut ? [`"${cut.at}" is delegated away`] : [])];
  const seen = notes.length > 0 ? ` (${notes.join('; ')})` : '';
  const where =
    delegationZone === undefined ? '<a name in a zone of ours>' : delegationTarget(chain[0], delegationZone);
  return new Problem(
    'no-zone-for-name',
    `no zone of ours covers "${endOf(chain)}"${seen}; have it hosted with us, or set: ${chain[0]} CNAME ${where}`,
  );
}

/**
 * A name of its own for every delegated name, so that no two customers prove at the same one:
 * `_acme-challenge.pbx.customer.example` → `pbx.customer.example.<delegationZone>`. What would be too long is hashed.
 */
export function delegationTarget(name: string, delegationZone: string): string {
  const plain = `${name.replace(/^_acme-challenge\./, '')}.${delegationZone}`;
  if (plain.length <= MAX_NAME) return plain;
  return `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.${delegationZone}`;
}

function shownChain(chain: AliasChain): string {
  return chain.join(' → ');
}
