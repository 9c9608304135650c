// Whether a partner may order these names: each must lie in a zone or subtree granted to it.

import { longestZone } from '../domain/dns-name.ts';
import { type OrderRequest, orderedNames } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { Settings } from './services.ts';

/** The first name that may not be is a `name-not-allowed` problem that names its field. */
export function demandGranted(partner: string, request: OrderRequest, { grants }: Pick<Settings, 'grants'>): void {
  const granted = Object.hasOwn(grants, partner) ? (grants[partner] ?? []) : [];
  for (const name of orderedNames(request)) {
    if (longestZone(name, granted) !== undefined) continue;
    const field = fieldOf(name, request);
    throw new Problem(
      'name-not-allowed',
      `${field} "${name}" lies in no zone granted to you; granted: ${granted.join(', ') || 'none'}`,
      { field },
    );
  }
}

/** Where in the request a name stands. */
export function fieldOf(name: string, { alternativeNames = [] }: OrderRequest): string {
  const at = alternativeNames.indexOf(name);
  return at < 0 ? 'hostname' : `alternativeNames.${at}`;
}
