// What this CA says when it refuses: a problem document with one of ACME's error types (RFC 8555, section 6.7).

/** Type and the HTTP status Let's Encrypt answers with; statuses are not in the RFC except where it says MUST. */
const statuses = {
  accountDoesNotExist: 400,
  // RFC 9773, 7.4.
  alreadyReplaced: 409,
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  caa: 403,
  compound: 400,
  connection: 400,
  dns: 400,
  externalAccountRequired: 403,
  incorrectResponse: 403,
  invalidContact: 400,
  invalidProfile: 400,
  malformed: 400,
  orderNotReady: 403,
  rateLimited: 429,
  rejectedIdentifier: 400,
  serverInternal: 500,
  tls: 400,
  unauthorized: 403,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
  userActionRequired: 403,
} as const;

export type CaErrorType = keyof typeof statuses;

/** A problem document as it is sent, and as it is kept in orders and challenges. */
export interface CaProblemDocument {
  readonly type: string;
  readonly detail: string;
  readonly status: number;
  readonly subproblems?: readonly CaSubproblem[];
  readonly algorithms?: readonly string[];
}

export interface CaSubproblem {
  readonly type: string;
  readonly detail: string;
  readonly identifier: { readonly type: string; readonly value: string };
}

export interface CaRefusalOptions {
  /** Where another status than the usual one of the type is right. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly subproblems?: readonly CaSubproblem[];
  /** With `badSignatureAlgorithm`: what would be right (RFC 8555, 6.2). */
  readonly algorithms?: readonly string[];
}

/** Thrown by whatever finds that a request may not be granted; the listener turns it into the answer. */
export class CaRefusal extends Error {
  override readonly name = 'CaRefusal';
  readonly document: CaProblemDocument;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: CaErrorType, detail: string, options: CaRefusalOptions = {}) {
    super(detail);
    this.document = {
      type: errorUrn(type),
      detail,
      status: options.status ?? statuses[type],
      ...(options.subproblems === undefined ? {} : { subproblems: options.subproblems }),
      ...(options.algorithms === undefined ? {} : { algorithms: options.algorithms }),
    };
    this.headers = options.headers ?? {};
  }
}

/** A fault of our own is `serverInternal`, with its message: in a sandbox everybody may see it. */
export function asRefusal(error: unknown): CaRefusal {
  if (error instanceof CaRefusal) return error;
  return new CaRefusal(
    'serverInternal',
    `the sandbox CA has a fault: ${error instanceof Error ? error.message : String(error)}`,
  );
}

export function errorUrn(type: string): string {
  return `urn:ietf:params:acme:error:${type}`;
}

/** What stands in an error about something the client sent: never more than a line of it. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
