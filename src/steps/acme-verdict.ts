// What it means to us that an authority has ended an acmeOrder.

import { adviceFor, isProblemCode, Problem } from '../domain/problem.ts';
import type { AcmeOrderView, AcmeProofs } from '../ports/authority.ts';

/**
 * One it has forgotten or let lapse is `ca-order-gone`. The authority's own reason is the code where only a person can remove it (`ca-caa-forbids`, `ca-name-refused`). A reason that may pass (busy,
 * rate limited) does not bring an ended acmeOrder back: that is `ca-order-invalid`, and its message says which.
 */
export function endedBy({ refusal, status }: Pick<AcmeOrderView | AcmeProofs, 'refusal' | 'status'>): Problem {
  if (status === 'gone')
    return new Problem(
      'ca-order-gone',
      'the authority has forgotten the acmeOrder, or let it lapse before it was proven',
    );
  const said = refusal === undefined ? 'without a reason' : refusal.detail;
  const code = refusal?.code ?? '';
  const lasting = isProblemCode(code) && adviceFor(code).retry === 'never' ? code : 'ca-order-invalid';
  const passing = lasting === code || code === '' ? '' : `${code}: `;
  return new Problem(lasting, `the authority ended the acmeOrder (${status}): ${passing}${said}`);
}
