// The operations of Route 53's API that we use, judged strictly; anything else is an unknown operation.

import { costOf } from './change-batch.ts';
import { readChangeRequest } from './change-request.ts';
import { compareText, givenName, type HostedZone, listingKey } from './hosted-zone.ts';
import {
  type ChangeStatus,
  changeAnswer,
  errorAnswer,
  type HttpAnswer,
  type Route53ErrorCode,
  recordsAnswer,
  zoneAnswer,
  zonesAnswer,
} from './route53-answers.ts';
import type { Route53Dials } from './route53-dials.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { ZonePublisher } from './zone-publisher.ts';
import type { ZoneRegistry } from './zone-registry.ts';

export const route53Operations = [
  'ListHostedZonesByName',
  'GetHostedZone',
  'ListResourceRecordSets',
  'ChangeResourceRecordSets',
  'GetChange',
] as const;

export type Route53Operation = (typeof route53Operations)[number];

export interface Route53Call {
  readonly operation: Route53Operation;
  /** Hosted zone or change; empty for ListHostedZonesByName. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface Route53World {
  readonly zones: ZoneRegistry;
  readonly publisher: ZonePublisher;
  readonly changeBucket: TokenBucket;
  readonly dials: () => Route53Dials;
  readonly now: () => Date;
  readonly random: () => number;
}

const PAGE_LIMIT: Readonly<Record<string, number>> = { ListHostedZonesByName: 100, ListResourceRecordSets: 300 };

const PATH = '/2013-04-01';

/** What a request is meant to be; undefined when the sandbox knows no such operation. */
export function routeOf(method: string, path: string): { operation: Route53Operation; id: string } | undefined {
  const [, kind, id, rest] = new RegExp(`^${PATH}/(\\w+)(?:/([A-Z0-9]{1,32}))?(/rrset/?)?$`).exec(path) ?? [];
  if (method === 'GET' && kind === 'hostedzonesbyname' && !id) return { operation: 'ListHostedZonesByName', id: '' };
  if (!id) return undefined;
  if (method === 'GET' && kind === 'hostedzone')
    return { operation: rest ? 'ListResourceRecordSets' : 'GetHostedZone', id };
  if (method === 'POST' && kind === 'hostedzone' && rest) return { operation: 'ChangeResourceRecordSets', id };
  if (method === 'GET' && kind === 'change' && !rest) return { operation: 'GetChange', id };
  return undefined;
}

export class Route53Api {
  readonly #world: Route53World;
  readonly #changes = new Map<string, ChangeStatus>();

  constructor(world: Route53World) {
    this.#world = world;
  }

  answer(call: Route53Call): HttpAnswer | 'throttled' {
    if (call.operation === 'ListHostedZonesByName') return this.#listZones(call);
    if (call.operation === 'GetChange') return this.#getChange(call.id);
    const zone = this.#world.zones.find(call.id);
    if (!zone) return errorAnswer('NoSuchHostedZone', `No hosted zone found with ID: ${call.id}`);
    if (call.operation === 'GetHostedZone') return zoneAnswer(zone);
    if (call.operation === 'ListResourceRecordSets') return listRecords(zone, call);
    return this.#change(zone, call.body);
  }

  #listZones(call: Route53Call): HttpAnswer {
    const maxItems = maxItemsOf(call);
    if (maxItems === undefined) return errorAnswer('InvalidInput', 'Invalid value for maxitems');
    const start = call.query.get('dnsname') ?? undefined;
    const key = start === undefined ? '' : listingKey(givenName(start));
    const zones = this.#world.zones.list().filter((zone) => compareText(listingKey(zone.name), key) >= 0);
    return zonesAnswer(zones, start, maxItems);
  }

  #change(zone: HostedZone, body: string): HttpAnswer | 'throttled' {
    const { zones, publisher, changeBucket, dials, now, random } = this.#world;
    const changes = readChangeRequest(body);
    if (typeof changes === 'string') return errorAnswer('InvalidInput', changes);
    if (!changeBucket.take(costOf(changes))) return 'throttled';
    if (random() < dials().changeConflicts) {
      const message =
        'The request was rejected because Route 53 was still processing a prior request. Please retry after some time.';
      return errorAnswer('PriorRequestNotComplete', message);
    }
    const outcome = zones.change(zone, changes);
    if ('messages' in outcome) return errorAnswer('InvalidChangeBatch', `[${outcome.messages.join(', ')}]`);
    const { changeId } = outcome;
    const pending: ChangeStatus = { changeId, status: 'PENDING', submittedAt: now() };
    this.#changes.set(changeId, pending);
    publisher.publishLater(outcome.zone, dials(), () => this.#changes.set(changeId, { ...pending, status: 'INSYNC' }));
    return changeAnswer('ChangeResourceRecordSets', pending);
  }

  /** A change of before the last start is INSYNC: a start publishes everything. */
  #getChange(changeId: string): HttpAnswer {
    const known = this.#changes.get(changeId);
    if (known) return changeAnswer('GetChange', known);
    if (this.#world.zones.knowsChange(changeId)) {
      return changeAnswer('GetChange', { changeId, status: 'INSYNC', submittedAt: this.#world.now() });
    }
    return errorAnswer('NoSuchChange', `Could not find resource with ID: ${changeId}`);
  }
}

function listRecords(zone: HostedZone, call: Route53Call): HttpAnswer {
  const maxItems = maxItemsOf(call);
  const name = call.query.get('name') ?? undefined;
  const type = call.query.get('type') ?? '';
  const invalid = (message: string): HttpAnswer => errorAnswer('InvalidInput' satisfies Route53ErrorCode, message);
  if (maxItems === undefined) return invalid('Invalid value for maxitems');
  if (type !== '' && name === undefined) return invalid('The input is not valid: a type needs a name');
  if (name === undefined) return recordsAnswer(zone.records, maxItems);
  const key = listingKey(givenName(name));
  const from = zone.records.filter((record) => {
    const order = compareText(listingKey(record.name), key);
    return order > 0 || (order === 0 && compareText(record.type, type) >= 0);
  });
  return recordsAnswer(from, maxItems);
}

function maxItemsOf({ query, operation }: Route53Call): number | undefined {
  const limit = PAGE_LIMIT[operation] ?? 100;
  const given = query.get('maxitems') ?? String(limit);
  return /^[1-9]\d{0,4}$/.test(given) ? Math.min(limit, Number(given)) : undefined;
}
