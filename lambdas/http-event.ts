// Requests as API Gateway hands them over (HTTP API, format 2.0), and answers as it wants them back.

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export interface HttpEvent {
  readonly version: '2.0';
  /** The path alone, perhaps decoded. */
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Values of one name joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies?: readonly string[] | undefined;
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly domainName: string;
    readonly http: { readonly method: string };
    readonly authorizer?: { readonly jwt?: { readonly claims?: unknown } | undefined } | undefined;
  };
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Undefined where no request can be made of it: a header or a method that HTTP does not have. */
export function requestOf(event: HttpEvent): Request | undefined {
  const { rawPath, rawQueryString, requestContext, body, isBase64Encoded } = event;
  const { domainName, http } = requestContext;
  // A `?` or `#` in what is only a path was written `%3F` or `%23`.
  const path = rawPath.replaceAll('?', '%3F').replaceAll('#', '%23');
  const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
  const isBodyless = body === undefined || body === '' || http.method === 'GET' || http.method === 'HEAD';
  try {
    return new Request(`https://${domainName}${path}${query}`, {
      method: http.method,
      headers: headersOf(event),
      ...(isBodyless ? {} : { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
    });
  } catch {
    return undefined;
  }
}

/** Cookies are none of ours. */
function headersOf({ headers }: HttpEvent): Headers {
  const known = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) known.set(name, value);
  // The gateway's count is of the body before it was put into the event.
  known.delete('content-length');
  return known;
}

const TEXT = /^(?:text\/|application\/(?:[a-z0-9.+-]*\+)?json\b|image\/svg\+xml\b)/i;

export async function answerOf(response: Response): Promise<HttpAnswer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isText = bytes.length === 0 || TEXT.test(response.headers.get('content-type') ?? '');
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: bytes.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}
