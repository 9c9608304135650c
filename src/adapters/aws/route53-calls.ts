// Requests to Route 53 under one deadline: throttled and unanswered ones are repeated until it passes.

import { Problem, type ProblemCode } from '../../domain/problem.ts';

export interface Route53CallsOptions {
  readonly now: () => Date;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** For all requests and waits together. */
  readonly budgetMs: number;
}

/** One request; the signal ends it. */
export type Route53Request<Output> = (options: { readonly abortSignal: AbortSignal }) => Promise<Output>;

const REQUEST_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3000;

/** A clock that stands still must not make this endless. */
const ATTEMPTS = 40;

/** Route 53's limits are for the account and fill up within seconds; a caller that gives up stays away for this long. */
const STAY_AWAY_MS = 30_000;

/** PriorRequestNotComplete: another change of the zone is still being worked on; AWS asks to wait and repeat as when throttled. */
const throttlingNames = ['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'PriorRequestNotComplete'];

/** `Unknown`: the SDK could not read a code; see `RecordSets`. */
const passedOn = ['InvalidChangeBatch', 'NoSuchHostedZone', 'Unknown'];

export class Route53Calls {
  readonly #options: Route53CallsOptions;
  readonly #endsAtMs: number;
  #attempts = 0;

  constructor(options: Route53CallsOptions) {
    this.#options = options;
    this.#endsAtMs = options.now().getTime() + options.budgetMs;
  }

  /**
   * Repeats a request that was throttled (`dns-throttled` at the end) or got no answer (`dns-unreachable`). A request may
   * have been carried out although its answer was lost: what is sent here must be safe to send twice. Any other refusal is
   * `dns-refused`, but those of a batch or a zone that is gone come back as they are. `what` says what was being done.
   */
  async send<Output>(what: string, request: Route53Request<Output>): Promise<Output> {
    let answered: unknown;
    for (;;) {
      const timeoutMs = this.#requestTimeoutMs();
      try {
        return await request({ abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        // One that our own deadline cut short says nothing; what was answered before does.
        const cutShort = timeoutMs < REQUEST_TIMEOUT_MS && statusOf(Object(error)) === undefined;
        const told = cutShort ? (answered ?? error) : error;
        answered = told;
        const code = retryCode(told);
        if (code === undefined) throw asRefusal(what, told);
        await this.pauseOr(code, `${what}: ${wordsOf(told)}`, told);
      }
    }
  }

  /** Waits a little longer each time, by chance; the problem when the deadline or the number of attempts does not allow it. */
  async pauseOr(code: ProblemCode, message: string, cause: unknown): Promise<void> {
    this.#attempts += 1;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#attempts, 10));
    const pauseMs = Math.ceil(longest * (0.2 + 0.8 * this.#options.random()));
    const leftMs = this.#endsAtMs - this.#options.now().getTime();
    if (this.#attempts >= ATTEMPTS || pauseMs >= leftMs) {
      throw new Problem(code, `${message}; given up after ${this.#attempts} attempts`, {
        cause,
        retryAfterMs: STAY_AWAY_MS,
      });
    }
    await this.#options.pause(pauseMs);
  }

  #requestTimeoutMs(): number {
    const leftMs = this.#endsAtMs - this.#options.now().getTime();
    return Math.max(1, Math.min(REQUEST_TIMEOUT_MS, leftMs));
  }
}

/** What a failed request says: its name is what AWS calls the error. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown error';
}

function retryCode(error: unknown): 'dns-throttled' | 'dns-unreachable' | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = statusOf(error);
  if (throttlingNames.includes(error.name) || status === 429) return 'dns-throttled';
  if (status !== undefined) return status >= 500 ? 'dns-unreachable' : undefined;
  const unanswered = ['AbortError', 'TimeoutError'].includes(error.name);
  return unanswered || ('code' in error && typeof error.code === 'string') ? 'dns-unreachable' : undefined;
}

/** Rights missing, a wrong key, an input AWS does not take: a person has to look. What AWS did not say is a bug of ours. */
function asRefusal(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || passedOn.includes(error.name) || statusOf(error) === undefined) return error;
  return new Problem('dns-refused', `${what}: ${wordsOf(error)}`, { cause: error });
}

/** The HTTP status, or undefined when no answer was received. */
export function statusOf(error: object): number | undefined {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
