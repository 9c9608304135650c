// What an authority's refusals mean to us: its problem types to our codes, in one table.

import { Problem, type ProblemCode } from '../../domain/problem.ts';
import type { AcmeRefusal } from '../../ports/authority.ts';

/** RFC 8555, 6.7, RFC 9773, 7.4 and draft-ietf-acme-profiles, 6.3: `[as the answer to a request, as the verdict on an order]`. */
const meanings: Readonly<Record<string, readonly [ProblemCode, ProblemCode]>> = {
  accountDoesNotExist: ['ca-account-refused', 'ca-order-invalid'],
  alreadyReplaced: ['ca-refused', 'ca-order-invalid'],
  alreadyRevoked: ['ca-refused', 'ca-order-invalid'],
  badCSR: ['ca-refused', 'ca-order-invalid'],
  badNonce: ['ca-busy', 'ca-order-invalid'],
  badPublicKey: ['ca-refused', 'ca-order-invalid'],
  badRevocationReason: ['ca-refused', 'ca-order-invalid'],
  badSignatureAlgorithm: ['ca-refused', 'ca-order-invalid'],
  caa: ['ca-caa-forbids', 'ca-caa-forbids'],
  connection: ['ca-order-invalid', 'ca-order-invalid'],
  dns: ['ca-order-invalid', 'ca-order-invalid'],
  externalAccountRequired: ['ca-account-refused', 'ca-account-refused'],
  incorrectResponse: ['ca-order-invalid', 'ca-order-invalid'],
  invalidContact: ['ca-account-refused', 'ca-order-invalid'],
  invalidProfile: ['ca-profile-refused', 'ca-profile-refused'],
  malformed: ['ca-refused', 'ca-order-invalid'],
  orderNotReady: ['ca-refused', 'ca-order-invalid'],
  rateLimited: ['ca-rate-limited', 'ca-rate-limited'],
  rejectedIdentifier: ['ca-name-refused', 'ca-name-refused'],
  serverInternal: ['ca-busy', 'ca-busy'],
  tls: ['ca-order-invalid', 'ca-order-invalid'],
  unauthorized: ['ca-account-refused', 'ca-order-invalid'],
  unsupportedContact: ['ca-account-refused', 'ca-order-invalid'],
  unsupportedIdentifier: ['ca-name-refused', 'ca-name-refused'],
  userActionRequired: ['ca-account-refused', 'ca-account-refused'],
};

const URN = 'urn:ietf:params:acme:error:';

const MAX_TEXT = 300;

/** An authority's problem document (RFC 9457) as far as we read it; `type` without ACME's prefix. */
export interface AcmeErrorDocument {
  readonly type: string;
  readonly detail: string;
}

/** Anything from an authority, fit to be shown: one line without control, format and lone surrogate characters, 300 at most. */
export function cleanText(text: string): string {
  const plain = text
    .slice(0, 4 * MAX_TEXT)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = [...plain];
  return characters.length > MAX_TEXT ? `${characters.slice(0, MAX_TEXT - 1).join('')}…` : plain;
}

/**
 * Reads a problem document out of whatever stands where one is expected. `compound` and the like
 * are spoken for by the first subproblem (RFC 8555, 6.7.1).
 */
export function readErrorDocument(value: unknown): AcmeErrorDocument | undefined {
  if (!isRecord(value) || typeof value.type !== 'string') return undefined;
  const type = shortType(value.type);
  const detail = typeof value.detail === 'string' ? cleanText(value.detail) : '';
  const subproblems = value.subproblems;
  const first = Array.isArray(subproblems) ? subproblems[0] : undefined;
  if (!Object.hasOwn(meanings, type) && isRecord(first) && typeof first.type === 'string') {
    return { type: shortType(first.type), detail: cleanText(`${detail} ${textOf(first.detail)}`) };
  }
  return { type, detail };
}

/** An HTTP answer that is a refusal, with what only our adapter wants to know of it. */
export class RefusedRequest extends Problem {
  readonly status: number;
  /** Without ACME's prefix; empty when there was no problem document. */
  readonly type: string;

  /** A rate limit and a broken server are seen by the status as well as by the type. */
  constructor(doing: string, { status, document, retryAfterMs }: RefusedAnswer) {
    const said = document ? `${describe(document)} (HTTP ${status})` : `HTTP ${status}`;
    const code = codeOfAnswer(status, document?.type);
    super(code, `${doing}: ${said}`, retryAfterMs === undefined ? {} : { retryAfterMs });
    this.status = status;
    this.type = document?.type ?? '';
  }

  /**
   * Of an order that said `replaces`: the reason may be that (RFC 9773, 5 names `alreadyReplaced` alone; Boulder says `malformed`,
   * `unauthorized` or 404 of a leaf it does not find, or finds to be another account's).
   */
  get mayBeAboutReplacing(): boolean {
    return ['alreadyReplaced', 'malformed', 'unauthorized'].includes(this.type) || [404, 409].includes(this.status);
  }
}

export interface RefusedAnswer {
  readonly status: number;
  readonly document: AcmeErrorDocument | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What made an order or an authorization invalid → what `read` answers as its refusal. */
export function refusalOf(document: AcmeErrorDocument | undefined): AcmeRefusal {
  if (!document) return { code: 'ca-order-invalid', detail: 'the authority gave no reason' };
  return { code: meaningOf(document.type)?.[1] ?? 'ca-order-invalid', detail: describe(document) };
}

/** An order URL the authority does not know (any more): 404 or 410, or `malformed` in words that say so. */
export function isGone(status: number, document: AcmeErrorDocument | undefined): boolean {
  if (document?.type === 'accountDoesNotExist') return false;
  if (status === 404 || status === 410) return true;
  return (
    status === 400 &&
    document?.type === 'malformed' &&
    /\b(no such|unknown|no) order\b|\border not found\b/i.test(document.detail)
  );
}

function codeOfAnswer(status: number, type: string | undefined): ProblemCode {
  if (status === 429 || type === 'rateLimited') return 'ca-rate-limited';
  if (status >= 500) return 'ca-busy';
  return (type === undefined ? undefined : meaningOf(type)?.[0]) ?? 'ca-refused';
}

function meaningOf(type: string): readonly [ProblemCode, ProblemCode] | undefined {
  return Object.hasOwn(meanings, type) ? meanings[type] : undefined;
}

function describe({ type, detail }: AcmeErrorDocument): string {
  return detail === '' ? type : cleanText(`${type}: ${detail}`);
}

function shortType(type: string): string {
  return cleanText(type.startsWith(URN) ? type.slice(URN.length) : type);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
