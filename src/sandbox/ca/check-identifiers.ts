// Which names an order may ask for: DNS names in the one form ACME has for them, that a CA could issue for.

import { CaRefusal, type CaSubproblem, errorUrn, quoted } from './ca-refusal.ts';

/** Let's Encrypt's limit for one certificate. */
const MOST_NAMES = 100;

/** Names that never lead to anybody in the public DNS (RFC 6761, RFC 6762, and what machines call themselves). */
const NEVER_ISSUED = ['localhost', 'localdomain', 'local', 'onion', 'arpa'];

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * `identifiers` as it came in newOrder; answers with the names in the same order. `refusedNames`: this CA's own list;
 * it covers a name and everything below it. All that is wrong is said at once, one subproblem an identifier
 * (RFC 8555, 6.7.1) when there is more than one.
 */
export function checkIdentifiers(identifiers: unknown, refusedNames: readonly string[]): readonly string[] {
  if (!Array.isArray(identifiers) || identifiers.length === 0) {
    throw new CaRefusal('malformed', 'identifiers must be a list with at least one entry');
  }
  if (identifiers.length > MOST_NAMES)
    throw new CaRefusal('malformed', `order has more than ${MOST_NAMES} identifiers`);
  const names = identifiers.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CaRefusal('malformed', `identifier ${quoted(twice)} is there twice`);
  refuseAll(names.flatMap((name) => faultOf(name, refusedNames) ?? []));

  const covered = names.find(
    (name) => names.includes(`*.${name.split('.').slice(1).join('.')}`) && !name.startsWith('*.'),
  );
  if (covered === undefined) return names;
  // Let's Encrypt refuses this too, because the wildcard makes the other name redundant.
  throw new CaRefusal('malformed', `identifier ${quoted(covered)} is covered by a wildcard of the same order`);
}

function nameOf(identifier: unknown): string {
  const { type, value } = Object(identifier) as { type?: unknown; value?: unknown };
  if (type !== 'dns') throw new CaRefusal('unsupportedIdentifier', `identifier type ${quoted(type)} is not "dns"`);
  if (typeof value !== 'string') throw new CaRefusal('malformed', 'identifier value must be text');
  return value;
}

interface NameFault {
  readonly name: string;
  readonly type: 'malformed' | 'rejectedIdentifier';
  readonly detail: string;
}

function faultOf(name: string, refusedNames: readonly string[]): NameFault | undefined {
  const detail = malformation(name);
  if (detail !== undefined) return { name, type: 'malformed', detail: `${quoted(name)} ${detail}` };
  const reason = rejection(name, refusedNames);
  return reason === undefined ? undefined : { name, type: 'rejectedIdentifier', detail: `${quoted(name)} ${reason}` };
}

function malformation(name: string): string | undefined {
  const base = name.startsWith('*.') ? name.slice(2) : name;
  if (base.length === 0) return 'is empty';
  if (name.length > 253) return 'is longer than 253 characters';
  if (base.includes('*')) return 'has a wildcard that is not the whole first label';
  if (base !== base.toLowerCase()) return 'has capital letters';
  if (base.endsWith('.')) return 'has a final dot';
  if (!base.split('.').every((label) => LABEL.test(label))) return 'has a label that is no DNS label in A-form';
  return undefined;
}

function rejection(name: string, refusedNames: readonly string[]): string | undefined {
  const base = name.startsWith('*.') ? name.slice(2) : name;
  if (/^[0-9]+$/.test(base.split('.').at(-1) ?? '')) return 'is an IP address or ends like one';
  if (!base.includes('.')) return 'has too few labels';
  if (NEVER_ISSUED.some((never) => base.endsWith(`.${never}`))) return 'is not a name of the public DNS';
  if (refusedNames.some((refused) => base === refused || base.endsWith(`.${refused}`))) return 'is forbidden by policy';
  return undefined;
}

function refuseAll(faults: readonly NameFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) throw new CaRefusal(first.type, first.detail);
  const subproblems = faults.map(
    ({ name, type, detail }): CaSubproblem => ({
      type: errorUrn(type),
      detail,
      identifier: { type: 'dns', value: name },
    }),
  );
  const sameType = faults.every((fault) => fault.type === first.type);
  throw new CaRefusal(sameType ? first.type : 'compound', `${faults.length} identifiers cannot be issued for`, {
    subproblems,
  });
}
