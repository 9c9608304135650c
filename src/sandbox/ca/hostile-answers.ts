// What becomes of requests and answers while the dial `faults` is turned.

import type { CaFault, CaFaultKind, CaOperation } from './ca-dials.ts';
import { CaRefusal } from './ca-refusal.ts';
import type { CaAnswer } from './ca-world.ts';

/** An address that means the client's own machine or network to the client. */
const INSIDE = 'http://169.254.169.254';

/** Counts down how often each fault still happens. */
export class CaFaults {
  #left: { readonly fault: CaFault; times: number }[] = [];

  turn(faults: readonly CaFault[]): void {
    this.#left = faults.map((fault) => ({ fault, times: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  /** The fault that happens to this request, or undefined. Asked once per request. */
  take(operation: CaOperation): CaFault | undefined {
    const entry = this.#left.find(({ fault, times }) => fault.operation === operation && times > 0);
    if (entry === undefined) return undefined;
    entry.times -= 1;
    return entry.fault;
  }
}

/** For the faults that leave no trace: an answer, or that the connection is left or cut; undefined for all others. */
export function insteadOfWork({ kind }: CaFault): CaAnswer | 'hang' | 'drop' | undefined {
  switch (kind) {
    case 'hang':
    case 'drop':
      return kind;
    case 'server-error':
      return refusalAnswer(new CaRefusal('serverInternal', 'the sandbox was told to fail'));
    case 'unavailable':
      return refusalAnswer(
        new CaRefusal('serverInternal', 'the sandbox was told to be busy', {
          status: 503,
          headers: { 'Retry-After': '1' },
        }),
      );
    case 'gateway-page':
      return { status: 502, contentType: 'text/html', body: '<html><h1>502 Bad Gateway</h1></html>' };
    case 'redirect':
      return { status: 307, headers: { Location: `${INSIDE}/` } };
    default:
      return undefined;
  }
}

/** Faults whose answer carries no nonce. */
export function withoutNonce(kind: CaFaultKind | undefined): boolean {
  return kind === 'no-nonce' || kind === 'gateway-page' || kind === 'redirect';
}

/** The answer of work that was done, made unfit. */
export function spoil(answer: CaAnswer, kind: CaFaultKind): CaAnswer {
  const text = bodyText(answer);
  switch (kind) {
    case 'not-json':
      return { ...answer, ...typed(answer), body: text.slice(0, Math.floor(text.length / 2)) };
    case 'empty':
      return { ...answer, ...typed(answer), body: '' };
    case 'wrong-shape':
      return { ...answer, body: wrongShape(answer.body) };
    case 'foreign-urls':
      return {
        ...answer,
        ...typed(answer),
        body: text.replaceAll(/https:\/\/localhost:\d+/g, INSIDE),
        headers: foreign(answer),
      };
    case 'no-location':
      return { ...answer, headers: Object.fromEntries(headersOf(answer).filter(([name]) => name !== 'Location')) };
    default:
      return answer;
  }
}

export function refusalAnswer({ document, headers }: CaRefusal): CaAnswer {
  return { status: document.status, headers, contentType: 'application/problem+json', body: document };
}

/** As it is sent: the text of JSON, or bytes that are no text. */
export function sentBody(answer: CaAnswer): string | Uint8Array {
  return answer.body instanceof Uint8Array ? answer.body : bodyText(answer);
}

function bodyText({ body }: CaAnswer): string {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('latin1');
  return typeof body === 'object' ? JSON.stringify(body) : (body ?? '');
}

/** Keeps the content type that the body would have had. */
function typed({ body, contentType }: CaAnswer): { readonly contentType?: string } {
  const type = contentType ?? (typeof body === 'object' ? 'application/json' : undefined);
  return type === undefined ? {} : { contentType: type };
}

/** Every text becomes a number, every list a text. */
function wrongShape(body: CaAnswer['body']): object {
  const entries = typeof body === 'object' && !(body instanceof Uint8Array) ? Object.entries(body) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? 'none' : 7]));
}

function headersOf({ headers }: CaAnswer): readonly [string, string][] {
  return Object.entries(headers ?? {});
}

function foreign(answer: CaAnswer): Readonly<Record<string, string>> {
  return Object.fromEntries(
    headersOf(answer).map(([name, value]) => [name, value.replace(/https:\/\/localhost:\d+/, INSIDE)]),
  );
}
