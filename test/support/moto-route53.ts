// Moto's Route 53 with what it lacks put right on the way: zones listed by name, and changes refused that AWS refuses.

import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type Route53Client,
  type RRType,
} from '@aws-sdk/client-route-53';
import { onTestFinished } from 'vitest';
import { compareListed, plainListed } from '../../src/adapters/aws/listing-order.ts';
import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { quotedTxt, txtText } from '../../src/adapters/aws/txt-text.ts';
import type { Change } from '../../src/sandbox/route53/change-batch.ts';
import { readChangeRequest } from '../../src/sandbox/route53/change-request.ts';
import { xml, xmlDocument } from '../../src/sandbox/route53/xml-text.ts';
import type { Moto } from './moto.ts';

export interface StandingRecords {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly values: readonly string[];
}

/**
 * `ListHostedZonesByName` of moto 5.2.5 answers only a zone of exactly the name; its `ChangeResourceRecordSets` adds a CREATE to a set that stands, and
 * takes a DELETE of a set that stood once. Here zones are listed as Route 53 lists them, and a CREATE of what stands and a DELETE of what does not
 * stand exactly so are an `InvalidChangeBatch`, the whole batch. One request at a time.
 */
export class MotoRoute53 {
  readonly #direct: Route53Client;
  readonly #moto: string;
  #turn: Promise<unknown> = Promise.resolve();
  endpoint = '';

  private constructor(direct: Route53Client, moto: string) {
    this.#direct = direct;
    this.#moto = moto;
  }

  /** Ended with the test. */
  static async start(moto: Moto, zones: readonly string[]): Promise<MotoRoute53> {
    const { endpoint, credentials } = moto.connection();
    const direct = route53Client({ endpoint, credentials });
    onTestFinished(() => direct.destroy());
    const front = new MotoRoute53(direct, endpoint);
    for (const Name of zones) await direct.send(new CreateHostedZoneCommand({ Name, CallerReference: Name }));
    const server = createServer((request, response) => void front.#inTurn(() => front.#serve(request, response)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
    front.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return front;
  }

  /** As somebody else would; whatever is asked afterwards comes after it. TXT values are plain text; none: the set goes. */
  put(name: string, type: 'A' | 'AAAA' | 'CNAME' | 'TXT', values: readonly string[]): void {
    void this.#inTurn(async () => {
      const zone = await this.#zoneOf(name);
      const standing = (await this.#setsOf(zone)).find((set) => set.name === name && set.type === type);
      const shown = type === 'TXT' ? values.map(quotedTxt) : values;
      const wanted = { name, type, ttl: 300, values: shown };
      if (standing) await this.#change(zone, 'DELETE', standing);
      if (values.length > 0) await this.#change(zone, 'UPSERT', wanted);
    });
  }

  /** Sorted; TXT as plain text. */
  valuesAt(name: string, type: string): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const zone = await this.#zoneOf(name);
      const found = (await this.#setsOf(zone)).find((set) => set.name === name && set.type === type);
      const values = found?.values ?? [];
      return (type === 'TXT' ? values.map((value) => txtText(value) ?? value) : [...values]).toSorted();
    });
  }

  #inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', this.endpoint);
    const write = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
    };
    if (url.pathname === '/2013-04-01/hostedzonesbyname') return write(200, await this.#listByName(url.searchParams));
    const zone = /^\/2013-04-01\/hostedzone\/(\w+)\/rrset\/?$/.exec(url.pathname)?.[1];
    const refusal = zone && request.method === 'POST' ? await this.#refusalOf(zone, body.toString()) : undefined;
    if (refusal !== undefined) return write(400, invalidBatch(refusal));
    const { method, headers } = request;
    const outgoing = httpRequest(new URL(request.url ?? '/', this.#moto), { method, headers, agent: false });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.writeHead(incoming.statusCode ?? 0, incoming.headers).end(await buffer(incoming));
  }

  async #listByName(query: URLSearchParams): Promise<string> {
    const from = query.get('dnsname') ?? '';
    const most = Number(query.get('maxitems') ?? 100);
    const zones = (await this.#zones()).filter(({ name }) => from === '' || compareListed(name, from) >= 0);
    const listed = zones.toSorted((one, other) => compareListed(one.name, other.name));
    const next = listed[most];
    return xmlDocument('ListHostedZonesByNameResponse', [
      xml(
        'HostedZones',
        listed
          .slice(0, most)
          .map(({ id, name }) =>
            xml('HostedZone', [
              xml('Id', `/hostedzone/${id}`),
              xml('Name', `${name}.`),
              xml('CallerReference', name),
              xml('Config', [xml('PrivateZone', false)]),
            ]),
          ),
      ),
      xml('IsTruncated', next !== undefined),
      ...(next === undefined ? [] : [xml('NextDNSName', `${next.name}.`), xml('NextHostedZoneId', next.id)]),
      xml('MaxItems', most),
    ]);
  }

  /** Why AWS would take none of it; undefined when it would. */
  async #refusalOf(zone: string, body: string): Promise<string | undefined> {
    const changes = readChangeRequest(body);
    if (typeof changes === 'string') return changes;
    const standing = [...(await this.#setsOf(zone))];
    for (const { action, set } of changes) {
      const at = standing.findIndex(({ name, type }) => name === plainListed(set.name) && type === set.type);
      const called = `name='${set.name}', type='${set.type}'`;
      if (action === 'CREATE' && at >= 0)
        return `Tried to create resource record set [${called}] but it already exists`;
      const found = standing[at];
      if (action === 'DELETE' && (found === undefined || !sameSet(found, set))) {
        return `Tried to delete resource record set [${called}] but the values provided do not match the current values`;
      }
      if (at >= 0) standing.splice(at, 1);
      if (action !== 'DELETE') standing.push({ ...set, name: plainListed(set.name) });
    }
    return undefined;
  }

  async #zones(): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const { HostedZones = [] } = await this.#direct.send(new ListHostedZonesCommand({}));
    return HostedZones.map(({ Id = '', Name = '' }) => ({
      id: Id.replace('/hostedzone/', ''),
      name: plainListed(Name),
    }));
  }

  async #zoneOf(name: string): Promise<string> {
    const covering = (await this.#zones()).filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
    return covering.toSorted((one, other) => other.name.length - one.name.length)[0]?.id ?? '';
  }

  async #setsOf(zone: string): Promise<readonly StandingRecords[]> {
    const { ResourceRecordSets = [] } = await this.#direct.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zone }),
    );
    return ResourceRecordSets.map(({ Name = '', Type = '', TTL = 0, ResourceRecords = [] }) => ({
      ...{ name: plainListed(Name), type: Type, ttl: TTL },
      values: ResourceRecords.map(({ Value = '' }) => Value),
    }));
  }

  async #change(
    zone: string,
    action: 'DELETE' | 'UPSERT',
    { name, type, ttl, values }: StandingRecords,
  ): Promise<void> {
    const set = { Name: name, Type: type as RRType, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
    const batch = { Changes: [{ Action: action, ResourceRecordSet: set }] };
    await this.#direct.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: batch }));
  }
}

function sameSet(one: Pick<StandingRecords, 'ttl' | 'values'>, other: Change['set']): boolean {
  const text = (ttl: number, values: readonly string[]) => JSON.stringify([ttl, values.toSorted()]);
  return text(one.ttl, one.values) === text(other.ttl, other.values);
}

function invalidBatch(why: string): string {
  return xmlDocument('ErrorResponse', [
    xml('Error', [xml('Type', 'Sender'), xml('Code', 'InvalidChangeBatch'), xml('Message', `[${why}]`)]),
    xml('RequestId', '0'),
  ]);
}
