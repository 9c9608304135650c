// Before Cognito signs an access token: whose it is (`partner`) and what it may do (scopes), from what only administrators can set.

import { PARTNER_SCOPE_PREFIX, SCOPE_PREFIX } from './settings.ts';

/** The part of a Pre Token Generation event, version 3, that is looked at. */
export interface TokenEvent {
  readonly triggerSource: string;
  readonly request: {
    /** A person's; `custom:partner` can be written by administrators alone. */
    readonly userAttributes?: Readonly<Record<string, string>> | undefined;
    /** Of a person: one group per scope. */
    readonly groupConfiguration?: { readonly groupsToOverride?: readonly string[] | null | undefined } | undefined;
    /** Of a system's client: those it asked for and is allowed. */
    readonly scopes?: readonly string[] | undefined;
  };
  response?: unknown;
}

const OF_A_CLIENT = 'TokenGeneration_ClientCredentials';
const PARTNER = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const SCOPE = /^[a-z]+:[a-z]+$/;

/** A token for nobody's partner is not given out: sign-in ends with the error. */
export async function handler(event: TokenEvent): Promise<TokenEvent> {
  const { partner, scopesToAdd } = event.triggerSource === OF_A_CLIENT ? ofClient(event) : ofPerson(event);
  if (partner === undefined || !PARTNER.test(partner)) throw new Error('whoever signs in belongs to no partner');
  const accessTokenGeneration = { claimsToAddOrOverride: { partner }, scopesToAdd };
  return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
}

interface Shape {
  readonly partner: string | undefined;
  readonly scopesToAdd: readonly string[];
}

/** Two partners in one token would be none. */
function ofClient({ request }: TokenEvent): Shape {
  const partners = (request.scopes ?? []).filter((scope) => scope.startsWith(PARTNER_SCOPE_PREFIX));
  const partner = partners.length === 1 ? partners[0]?.slice(PARTNER_SCOPE_PREFIX.length) : undefined;
  return { partner, scopesToAdd: [] };
}

function ofPerson({ request }: TokenEvent): Shape {
  const groups = request.groupConfiguration?.groupsToOverride ?? [];
  return {
    partner: request.userAttributes?.['custom:partner'],
    scopesToAdd: groups.filter((group) => SCOPE.test(group)).map((group) => `${SCOPE_PREFIX}${group}`),
  };
}
