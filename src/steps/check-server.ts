// Pre-flight: what would stop this order later is found now, before a rate limit is spent, and said with its remedy.

import { type Order, orderedNames } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { ServedCertificate } from '../domain/server.ts';
import { describeFinding, hasDifferences, judgeNames, type NameFinding } from '../domain/three-names.ts';
import type { ApplianceFacts } from '../ports/appliances.ts';
import type { ServedChain, Sighting } from '../ports/probes.ts';
import { namesOutside } from './names-outside.ts';
import { type ServerNeeds, standbyOf, withServer } from './open-server.ts';
import { changeItem, getItem, orderKey, serverKey } from './records.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes' | 'zones'>;

/** Key, chain and script of two generations need some kilobytes; below this the disk is as good as full. */
const FREE_BYTES = 5 * 1024 * 1024;

/** A server further off may find a fresh leaf not yet valid. */
const CLOCK_OFFSET_MS = 5 * 60_000;

/**
 * Answers with the names that lie in no zone of ours, too: those wait for what their owner sets. `differences`: how the three names that must be one
 * differ, one line each for whoever changes it; an order goes on with them, because the certificate is right all the same.
 */
export const checkServer = step('check-server', async (input: StepInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const { hostname, sitePort } = order.request;
  const outside = await namesOutside(order.request, services.zones);

  const seen = await withServer(order, services, async (appliance) => {
    const facts = await appliance.inspect({ name: hostname, sitePort });
    const inside = await seeInside({ name: hostname, port: sitePort }, appliance, services);
    return { facts, inside };
  });
  const names = judgeNames(seen.facts, { names: orderedNames(order.request), sitePort });
  const seenAt = services.clock.now().toISOString();
  await changeItem(services.inventory, serverKey(order.partner, hostname), (server) => ({
    ...server,
    hostKey: server.hostKey ?? seen.facts.hostKey,
    names: { findings: names, seenAt },
    served: describeServed(seen.inside, 'inside', services.clock.now()) ?? server.served,
  }));

  // What is seen wins: on a server whose InfinityOne is there by now, files are exchanged in a window like everywhere.
  const isAbsent =
    services.settings.profiles[order.request.connectionProfile]?.infinityOne === 'absent' &&
    seen.inside.kind === 'unreachable';
  if (order.request.standby !== undefined) await checkStandby(order, services);
  const blocking = findBlocking(seen.facts, isAbsent);
  if (blocking !== undefined) throw new Problem('server-not-ready', `${hostname}: ${blocking}`);
  const warnings = isAbsent ? [] : findWarnings(names, order, seen);
  await changeItem(services.inventory, orderKey(order.partner, order.id), (now) => ({
    ...now,
    warnings: unique([...now.warnings, ...warnings]),
  }));
  return done(
    {
      warnings,
      outside,
      ...(isAbsent ? { isAbsent } : {}),
      differences: !isAbsent && hasDifferences(names) ? differencesOf(names) : undefined,
    },
    `reached over SSH, host key ${seen.facts.hostKey}; ${describeSighting(seen.inside)}${warnings.map((w) => `; ${w}`).join('')}`,
  );
});

/** The standby is not looked at for its names: of a pair they are never changed. */
async function checkStandby(order: Order, services: Needs): Promise<void> {
  const { hostname } = order.request;
  for (const { request } of [order, standbyOf(order)]) {
    if (services.settings.profiles[request.connectionProfile]?.commands.restart === undefined)
      throw new Problem(
        'server-not-ready',
        `${hostname}: of a pair, no node is restarted by hand; the profile needs a restart command`,
      );
  }
  const facts = await withServer(standbyOf(order), services, (appliance) => appliance.inspect());
  await changeItem(services.inventory, serverKey(order.partner, hostname), (server) =>
    server.standbyHostKey === undefined ? { ...server, standbyHostKey: facts.hostKey } : server,
  );
  const blocking = findBlocking(facts, false);
  if (blocking !== undefined) throw new Problem('server-not-ready', `standby of ${hostname}: ${blocking}`);
}

/** What a sighting leaves in the inventory; undefined when nothing was served. */
export function describeServed(
  sighting: Sighting,
  vantage: ServedCertificate['vantage'],
  seenAt: Date,
): ServedCertificate | undefined {
  if (sighting.kind === 'unreachable') return undefined;
  const { fingerprint, notBefore, notAfter, issuer, trusted } = sighting.served;
  return {
    fingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    issuer,
    trusted,
    seenAt: seenAt.toISOString(),
    vantage,
  };
}

export function describeSighting(sighting: Sighting): string {
  return sighting.kind === 'unreachable' ? `site port not reachable (${sighting.why})` : describeChain(sighting.served);
}

function describeChain(served: ServedChain): string {
  return served.trusted
    ? `serves a trusted certificate until ${served.notAfter.toISOString()}`
    : `serves a certificate phones refuse (${served.distrust ?? 'untrusted'})`;
}

function findBlocking(facts: ApplianceFacts, isAbsent: boolean): string | undefined {
  if (facts.freeBytes < FREE_BYTES)
    return `${facts.freeBytes} bytes free where sets are staged; ${FREE_BYTES} are needed: make room`;
  if (facts.liveSetLoads === false)
    return 'its live key and certificate do not belong together; mend them first, a restart now would take it down';
  if (!facts.serviceUp && !isAbsent)
    return 'InfinityOne is not running; start it first, we restart only what is healthy';
  return undefined;
}

function findWarnings(
  names: readonly NameFinding[],
  order: Order,
  { facts, inside }: { readonly facts: ApplianceFacts; readonly inside: Sighting },
): readonly string[] {
  const warnings = [...differencesOf(names)];
  if (Math.abs(facts.clockOffsetMs) > CLOCK_OFFSET_MS)
    warnings.push(`its clock is off by ${Math.round(facts.clockOffsetMs / 60_000)} minutes`);
  if (inside.kind === 'unreachable')
    warnings.push(`nothing answers on its site port ${order.request.sitePort}: ${inside.why}`);
  return warnings;
}

function differencesOf(names: readonly NameFinding[]): readonly string[] {
  return names.filter(({ kind }) => kind === 'differs').map(describeFinding);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
