// Asks the service over HTTP: the address and the token come from the environment, never from arguments.

import { readFileSync, statSync } from 'node:fs';
import { Failure } from './failure.ts';

/** What a command may touch of the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  /** All of standard input. */
  readonly readInput: () => string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

const DEFAULT_URL = 'http://127.0.0.1:21380';
const TIMEOUT_MS = 30_000;

/** Problems of the service are `Failure`s with its own words, but for a 404, which some commands expect. */
export async function ask(
  method: string,
  path: string,
  around: Surroundings,
  { body, accept = 'application/json' }: { readonly body?: object; readonly accept?: string } = {},
): Promise<ServiceAnswer> {
  const base = baseUrl(around);
  const token = tokenOf(around);
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Failure(`the service at ${base} cannot be asked: ${cause}`);
  }
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const parsed: Record<string, unknown> = isJson && text !== '' ? JSON.parse(text) : {};
  if (response.ok || response.status === 404) return { status: response.status, text, body: parsed };
  throw new Failure(`${String(parsed.code ?? response.status)}: ${String(parsed.detail ?? 'no more is known')}`);
}

/** A token goes over TLS, or stays on this machine. */
function baseUrl({ env }: Surroundings): string {
  const text = env.UCX_CERTS_URL ?? DEFAULT_URL;
  if (!URL.canParse(text)) throw new Failure(`UCX_CERTS_URL ${JSON.stringify(text.slice(0, 100))} is no address`);
  const url = new URL(text);
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
    throw new Failure('UCX_CERTS_URL must begin with https://; plain http is for this machine alone');
  return url.origin;
}

/** A file that others may read is refused, as ssh does with keys. */
function tokenOf({ env }: Surroundings): string {
  const { UCX_CERTS_TOKEN: token, UCX_CERTS_TOKEN_FILE: file } = env;
  if (token !== undefined && token !== '') return token;
  if (file === undefined || file === '')
    throw new Failure('set UCX_CERTS_TOKEN, or UCX_CERTS_TOKEN_FILE to a file with the token in it');
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new Failure(`${file} can be read by others; chmod 600 it, the token is a secret`);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`the token cannot be read from ${file}`);
  }
}
