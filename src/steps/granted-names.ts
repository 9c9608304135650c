// Whether a partner may order these names: each must lie in a zone or subtree granted to it.

import { longestZone } from '../domain/dns-name.ts';
import { type OrderRequest, orderedNames } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { Settings } from './services.ts';

/** The first name that may not be is a `name-not-allowed` problem that names its field. */
export function demandGranted(partner: string, request: OrderRequest, { grants }: Pick<Settings, 'grants'>): void {
  const granted = grantsOf(partner, grants);
  // whoever brings key and certificate has proven the name to an authority; what is granted to others stays theirs
  const taken = request.certificate === undefined ? undefined : Object.values(grants).flat();
  for (const name of orderedNames(request)) {
    if (longestZone(name, granted) !== undefined) continue;
    if (taken !== undefined && longestZone(name, taken) === undefined) continue;
    const field = fieldOf(name, request);
    throw new Problem(
      'name-not-allowed',
      `${field} "${name}" lies in no zone granted to you; granted: ${granted.join(', ') || 'none'}`,
      { field },
    );
  }
}

/** Whether the partner may have us write records for this name. */
export function isGranted(partner: string, name: string, { grants }: Pick<Settings, 'grants'>): boolean {
  return longestZone(name, grantsOf(partner, grants)) !== undefined;
}

function grantsOf(partner: string, grants: Settings['grants']): readonly string[] {
  return Object.hasOwn(grants, partner) ? (grants[partner] ?? []) : [];
}

/** Where in the request a name stands. */
export function fieldOf(name: string, { alternativeNames = [] }: OrderRequest): string {
  const at = alternativeNames.indexOf(name);
  return at < 0 ? 'hostname' : `alternativeNames.${at}`;
}
