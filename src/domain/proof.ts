// What two vantage points say of an activation, and what follows from it.

/**
 * One look at an endpoint, in what matters for the decision. `right`: the new leaf, trusted as sent; `wrong`: anything else that was
 * served; `unreachable`: we could not see.
 */
export type Look = 'right' | 'wrong' | 'unreachable';

export interface ProofLooks {
  readonly inside: Look;
  readonly outside: Look;
  /** What could be seen from outside before the activation began. */
  readonly outsideBefore: 'served' | 'unreachable';
}

export type ProofDecision =
  | { readonly verdict: 'commit'; readonly tellOps: string | undefined }
  | { readonly verdict: 'restore'; readonly tellOps: string }
  | { readonly verdict: 'look-again'; readonly tellOps: string };

/**
 * Only the inside decides on a roll-back (architecture, 2): a phone's way to the server has firewalls, NAT and DNS in it that no
 * certificate changes. What we cannot see is never a reason to restart: then it is looked at again, and the server, which probes
 * itself, keeps what it has proven.
 */
export function decideProof({ inside, outside, outsideBefore }: ProofLooks): ProofDecision {
  if (inside === 'wrong')
    return { verdict: 'restore', tellOps: 'inside, another chain than the staged one was served' };
  if (inside === 'unreachable')
    return { verdict: 'look-again', tellOps: 'inside could not be reached; nothing was restarted for that' };
  if (outside === 'right') return { verdict: 'commit', tellOps: undefined };
  if (outside === 'wrong')
    return {
      verdict: 'commit',
      tellOps: 'inside serves the new chain, outside another one: look at proxies, NAT and DNS',
    };
  if (outsideBefore === 'unreachable') {
    return {
      verdict: 'commit',
      tellOps:
        'inside serves the new chain; from outside the site port was not reachable before and is not now: look at the port forwarding',
    };
  }
  return {
    verdict: 'commit',
    tellOps:
      'inside serves the new chain; from outside the site port was reachable before and is not now: look at firewall and port forwarding',
  };
}

/**
 * For our own people, about Apache on the same files; undefined when all is well with it. Never a reason to roll back: phones do not go there, and a
 * roll-back would drop calls for it.
 */
export function remarkOnWeb(
  sighting: Parameters<typeof judgeSighting>[0],
  expected: string,
  script: 'unfit' | 'reloaded' | 'stale' | undefined,
): string | undefined {
  const look = judgeSighting(sighting, expected);
  if (look === 'right') return undefined;
  if (sighting.kind === 'served' && sighting.served.fingerprint === expected)
    return 'Apache serves the new leaf without its chain: one older than 2.4.8 reads that from SSLCertificateChainFile, which its ssl.conf must name';
  if (script === 'unfit')
    return 'Apache would not have loaded its own configuration before we came, so it was left alone: mend it, then reload it';
  if (look === 'unreachable') return 'Apache does not answer after its reload: look at its log, and start it';
  return 'Apache still serves another certificate than InfinityOne: check its configuration, then reload it';
}

/** `expected` is the fingerprint of the staged leaf. */
export function judgeSighting(
  sighting:
    | { readonly kind: 'served'; readonly served: { readonly fingerprint: string; readonly trusted: boolean } }
    | { readonly kind: 'unreachable' },
  expected: string,
): Look {
  if (sighting.kind === 'unreachable') return 'unreachable';
  return sighting.served.fingerprint === expected && sighting.served.trusted ? 'right' : 'wrong';
}
