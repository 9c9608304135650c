// Pre-flight of the names: where they are proven, whether CAA lets the authority issue and DNSSEC holds, before a rate limit is spent.

import { orderedNames } from '../domain/order.ts';
import { adviceFor, Problem, type ProblemCode } from '../domain/problem.ts';
import { describeIssuer, type Issuer, judgeCaa } from './caa-verdict.ts';
import { changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'zones' | 'publicDns' | 'authorities' | 'clock' | 'log'>;

/** What was found against one name: what stops the order, what is waited for, and what only deserves a word. */
type Finding =
  | { readonly kind: 'blocking' | 'passing'; readonly problem: Problem }
  | { readonly kind: 'warning'; readonly why: string };

/**
 * All names are looked at, and all that stops the order is said at once: `no-zone-for-name`, `delegation-broken`, `ca-caa-forbids`,
 * `dnssec-bogus`, the code being that of the first. What could not be found out is a warning on the order; only a zone of ours that
 * cannot be read, or an alias nobody answers for, is waited for: without it no proof can be put up either.
 */
export const checkNames = step('check-names', async (input: StepInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const issuer = await describeIssuer(order, services);
  const names = orderedNames(order.request);
  const findings = (await Promise.all(names.map((name) => lookAt(name, issuer, services)))).flat();

  const blocking = problemsAmong(findings, 'blocking');
  if (blocking.length > 0) throw together(blocking);
  const [passing] = problemsAmong(findings, 'passing');
  if (passing !== undefined) throw passing;
  const warnings = [...new Set(findings.flatMap((finding) => (finding.kind === 'warning' ? [finding.why] : [])))];
  await changeItem(services.inventory, orderKey(order.partner, order.id), (now) => ({
    ...now,
    warnings: [...new Set([...now.warnings, ...warnings])],
  }));
  return done(
    { warnings },
    [`${names.join(', ')} can be proven here, and CAA and DNSSEC allow it`, ...warnings].join('; '),
  );
});

async function lookAt(name: string, issuer: Issuer, services: Needs): Promise<readonly Finding[]> {
  const challenge = `_acme-challenge.${name.replace(/^\*\./, '')}`;
  const [proof, caa, dnssec] = await Promise.all([
    lookForProof(challenge, services),
    lookAtCaa(name, issuer, services),
    lookAtDnssec(name.replace(/^\*\./, ''), services),
  ]);
  return [...proof, ...caa, ...dnssec];
}

/** Where the record is to stand, and whether resolvers reach it there. */
async function lookForProof(challenge: string, services: Needs): Promise<readonly Finding[]> {
  try {
    const target = await services.zones.follow(challenge);
    const sides = [...new Set([challenge, target])];
    return (await Promise.all(sides.map((side) => lookAtDnssec(side, services)))).flat();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [{ kind: adviceFor(error.name).retry === 'never' ? 'blocking' : 'passing', problem: error }];
  }
}

async function lookAtCaa(name: string, issuer: Issuer, services: Needs): Promise<readonly Finding[]> {
  const decision = await judgeCaa(name, issuer, services);
  if (decision.verdict === 'allowed') return [];
  if (decision.verdict === 'unknown') return [warning(decision.why)];
  return [blocked('ca-caa-forbids', `${decision.why}; ${decision.remedy} (nothing was ordered yet)`)];
}

async function lookAtDnssec(name: string, { publicDns }: Needs): Promise<readonly Finding[]> {
  const judged = await publicDns.judgeDnssec(name);
  if (judged.kind === 'sound') return [];
  if (judged.kind === 'unknown') return [warning(judged.why)];
  return [blocked('dnssec-bogus', `${judged.why}; have the signatures or the DS record at the parent mended`)];
}

function blocked(code: ProblemCode, message: string): Finding {
  return { kind: 'blocking', problem: new Problem(code, message) };
}

function warning(why: string): Finding {
  return { kind: 'warning', why };
}

function problemsAmong(findings: readonly Finding[], kind: 'blocking' | 'passing'): readonly Problem[] {
  return findings.flatMap((finding) => (finding.kind === kind ? [finding.problem] : []));
}

/** Problems of several names or kinds are one, with all their words. */
function together(problems: readonly Problem[]): Problem {
  const [first] = problems;
  const messages = [...new Set(problems.map(({ message }) => message))];
  return new Problem(first?.name ?? 'dns-refused', messages.join('; '));
}
