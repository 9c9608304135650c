// Events as AWS sends them to functions.

import type { HttpEvent } from '../../lambdas/http-event.ts';

/** `asked`: method, a space, path and query. */
export function httpEvent(
  asked: string,
  {
    headers = {},
    body,
    claims,
  }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly claims?: Readonly<Record<string, string>>;
  } = {},
): HttpEvent {
  const [method = '', target = ''] = asked.split(' ');
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const now = Date.now();
  const event = {
    version: '2.0' as const,
    routeKey: 'ANY /v1/{path+}',
    rawPath,
    rawQueryString,
    headers: { host: 'api.example.net', 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https', ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      domainName: 'api.example.net',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '198.51.100.7', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'ANY /v1/{path+}',
      stage: '$default',
      time: new Date(now).toUTCString(),
      timeEpoch: now,
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
  return event;
}

/** What Cognito signs for an order system, as API Gateway hands claims on: all of them text. */
export function accessClaims(partner: string, scopes: readonly string[]): Readonly<Record<string, string>> {
  const now = Math.floor(Date.now() / 1_000);
  return {
    sub: '1example23456789',
    token_use: 'access',
    client_id: '1example23456789',
    iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example',
    version: '2',
    partner,
    scope: [`partner/${partner}`, ...scopes.map((scope) => `ucx-certs/${scope}`)].join(' '),
    iat: String(now),
    exp: String(now + 3_600),
  };
}

/** A notification about one mail, as SNS hands it to a function. */
export function snsEvent(message: unknown): unknown {
  const topic = 'arn:aws:sns:us-east-1:123456789012:mail';
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topic}:00000000-0000-0000-0000-000000000000`,
        Sns: {
          Type: 'Notification',
          MessageId: '00000000-0000-0000-0000-000000000001',
          TopicArn: topic,
          Subject: 'Amazon SES Email Event Notification',
          Message: JSON.stringify(message),
          Timestamp: new Date().toISOString(),
          MessageAttributes: {},
        },
      },
    ],
  };
}
