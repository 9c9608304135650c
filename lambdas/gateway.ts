// Requests and answers of API Gateway's HTTP APIs (payload format 2.0) as the web has them, and who the authorizer says is calling.

import type { Caller } from '../src/api/bearer-token.ts';
import { Problem } from '../src/domain/problem.ts';
import { SCOPE_PREFIX } from './settings.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export interface GatewayRequest {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly requestContext: {
    readonly domainName: string;
    readonly http: { readonly method: string };
    /** Absent on routes without an authorizer. */
    readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } } | undefined;
  };
}

export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const PARTNER = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** The gateway has checked signature, issuer, audience and end of the token. `unauthorized` where it saw none, or one without a partner. */
export function callerOf(event: GatewayRequest | undefined): Caller {
  const { partner, scope } = event?.requestContext.authorizer?.jwt?.claims ?? {};
  if (typeof partner !== 'string' || !PARTNER.test(partner) || typeof scope !== 'string')
    throw new Problem('unauthorized', 'give a token of this service as "Authorization: Bearer …"');
  const scopes = scope.split(' ').filter((one) => one.startsWith(SCOPE_PREFIX));
  return { partner, scopes: scopes.map((one) => one.slice(SCOPE_PREFIX.length)) };
}

/** HEAD and GET have no body, whatever the gateway says. */
export function toRequest({
  rawPath,
  rawQueryString,
  headers,
  body,
  isBase64Encoded,
  requestContext,
}: GatewayRequest): Request {
  const { method } = requestContext.http;
  const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
  const sent = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  const bytes = body === undefined ? undefined : Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  const hasBody = bytes !== undefined && method !== 'GET' && method !== 'HEAD';
  return new Request(`https://${requestContext.domainName}${rawPath}${query}`, {
    method,
    headers: sent,
    ...(hasBody ? { body: new Uint8Array(bytes) } : {}),
  });
}

/** What the service answers is text. */
export async function toAnswer(response: Response): Promise<GatewayAnswer> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
