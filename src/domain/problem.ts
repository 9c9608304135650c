// Every way this service can fail, and what the caller may do about it.

/**
 * `retry`: `never` = the same call fails again until a person changes something; `later` = the same call may succeed.
 * `status`: what the HTTP API answers (RFC 9457 problem details).
 */
const problems = {
  // what came in over the API
  'bad-request': { retry: 'never', status: 400 },
  'body-too-large': { retry: 'never', status: 413 },
  'unsupported-media-type': { retry: 'never', status: 415 },
  unauthorized: { retry: 'never', status: 401 },
  forbidden: { retry: 'never', status: 403 },
  'not-found': { retry: 'never', status: 404 },
  'method-not-allowed': { retry: 'never', status: 405 },
  'idempotency-conflict': { retry: 'never', status: 409 },
  'order-open': { retry: 'never', status: 409 },
  'name-not-allowed': { retry: 'never', status: 422 },
  'name-taken': { retry: 'never', status: 409 },
  'address-not-public': { retry: 'never', status: 422 },
  'window-never-opens': { retry: 'never', status: 422 },
  'window-too-late': { retry: 'never', status: 422 },
  'postponed-too-often': { retry: 'never', status: 409 },
  'appointment-closed': { retry: 'never', status: 409 },
  'appointment-changed': { retry: 'later', status: 409 },
  'confirmation-not-yours': { retry: 'never', status: 403 },
  'link-used': { retry: 'never', status: 409 },
  'link-outdated': { retry: 'never', status: 409 },
  'order-not-waiting': { retry: 'never', status: 409 },
  'nothing-to-revoke': { retry: 'never', status: 409 },
  'revocation-asked': { retry: 'never', status: 409 },
  'server-in-service': { retry: 'never', status: 409 },
  'certificate-refused': { retry: 'never', status: 422 },
  'upload-not-readable': { retry: 'never', status: 422 },
  'upload-password-needed': { retry: 'never', status: 422 },
  'upload-password-wrong': { retry: 'never', status: 422 },
  'upload-too-large': { retry: 'never', status: 422 },

  // what we keep
  'item-changed': { retry: 'later', status: 409 },
  'inventory-unavailable': { retry: 'later', status: 503 },
  'vault-item-missing': { retry: 'never', status: 500 },
  'vault-unavailable': { retry: 'later', status: 503 },
  'secret-unavailable': { retry: 'later', status: 503 },
  'secret-not-usable': { retry: 'never', status: 500 },
  'executions-unavailable': { retry: 'later', status: 503 },
  'publication-unavailable': { retry: 'later', status: 503 },
  'publication-refused': { retry: 'never', status: 502 },
  'state-in-use': { retry: 'later', status: 503 },
  'state-damaged': { retry: 'never', status: 500 },

  // DNS
  'no-zone-for-name': { retry: 'never', status: 422 },
  'delegation-broken': { retry: 'never', status: 422 },
  'dnssec-bogus': { retry: 'never', status: 422 },
  'dns-not-set': { retry: 'never', status: 422 },
  'record-conflict': { retry: 'never', status: 409 },
  'record-busy': { retry: 'later', status: 503 },
  'dns-throttled': { retry: 'later', status: 503 },
  'dns-unreachable': { retry: 'later', status: 503 },
  'dns-refused': { retry: 'never', status: 502 },

  // the authority; the CA's own type is kept in the message
  'ca-rate-limited': { retry: 'later', status: 503 },
  'ca-unreachable': { retry: 'later', status: 503 },
  'ca-busy': { retry: 'later', status: 503 },
  'ca-refused': { retry: 'never', status: 502 },
  'ca-account-refused': { retry: 'never', status: 502 },
  'ca-name-refused': { retry: 'never', status: 422 },
  'ca-profile-refused': { retry: 'never', status: 502 },
  'ca-caa-forbids': { retry: 'never', status: 422 },
  'ca-order-invalid': { retry: 'never', status: 502 },
  'ca-order-gone': { retry: 'never', status: 502 }, // the workflow places another one
  'ca-no-usable-challenge': { retry: 'never', status: 502 },
  'ca-answer-malformed': { retry: 'later', status: 502 },
  'chain-not-acceptable': { retry: 'never', status: 502 },

  // the network and the server
  'address-refused': { retry: 'never', status: 422 },
  'server-unreachable': { retry: 'later', status: 503 },
  'host-key-mismatch': { retry: 'never', status: 409 },
  'ssh-authentication-refused': { retry: 'never', status: 502 },
  'ssh-stopped': { retry: 'never', status: 409 },
  'new-key-refused': { retry: 'never', status: 502 },
  'keys-not-changed': { retry: 'never', status: 502 },
  'profile-unknown': { retry: 'never', status: 422 },
  'server-not-ready': { retry: 'never', status: 409 },
  'disk-full': { retry: 'never', status: 507 },
  'staging-refused': { retry: 'never', status: 502 },
  'activation-refused': { retry: 'never', status: 502 },
  'activation-rolled-back': { retry: 'never', status: 502 },
  'standby-failed': { retry: 'never', status: 502 },
  'service-down': { retry: 'never', status: 502 },

  // people
  'mail-not-delivered': { retry: 'later', status: 503 },
  'mail-refused': { retry: 'never', status: 502 },
  'webhook-unreachable': { retry: 'later', status: 503 },
  'nobody-told': { retry: 'never', status: 409 },

  // what an order says when its steps could not
  'step-died': { retry: 'later', status: 500 },
  'patience-over': { retry: 'later', status: 503 },
  'execution-failed': { retry: 'never', status: 500 },
  'renewal-given-up': { retry: 'never', status: 409 },
} as const satisfies Record<string, ProblemAdvice>;

export interface ProblemAdvice {
  readonly retry: 'never' | 'later';
  readonly status: number;
}

export type ProblemCode = keyof typeof problems;

export interface ProblemOptions extends ErrorOptions {
  /** How long whoever refused us asked us to stay away (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number;
  /** Which field of the input is at fault, as a path (`windowPolicy.windows.0.start`). */
  readonly field?: string;
}

/** The name is the code: of a thrown error, a Lambda response and a durable step keep only the name and the message. */
export class Problem extends Error {
  override readonly name: ProblemCode;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, options);
    this.name = code;
    this.retryAfterMs = options.retryAfterMs;
    this.field = options.field;
  }
}

/** Looks at names, not classes: a class does not survive JSON, a checkpoint or a second bundle. */
export function problemCode(error: unknown): ProblemCode | undefined {
  if (!(error instanceof Error)) return undefined;
  return isProblemCode(error.name) ? error.name : problemCode(error.cause);
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text);
}

export function adviceFor(code: ProblemCode): ProblemAdvice {
  return problems[code];
}

export function problemCodes(): readonly ProblemCode[] {
  return Object.keys(problems) as ProblemCode[];
}
