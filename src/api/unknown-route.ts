// Whether a request that no route takes has the wrong path or only the wrong method.

import type { Context } from 'hono';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';

interface Route {
  readonly method: string;
  /** With `:name` where a segment may be anything; middleware has the method `ALL`. */
  readonly path: string;
}

/** `method-not-allowed` (with the header `Allow`, RFC 9110, 15.5.6) or `not-found`. */
export function unknownRoute(c: Context, routes: readonly Route[]): Problem {
  const { method, path } = c.req;
  const allowed = new Set(
    routes.filter((route) => route.method !== 'ALL' && fits(route.path, path)).map((route) => route.method),
  );
  if (allowed.size === 0) return new Problem('not-found', `nothing is at ${quoted(path, 200)}`);
  if (allowed.has('GET')) allowed.add('HEAD');
  const methods = [...allowed].sort().join(', ');
  c.header('Allow', methods);
  return new Problem(
    'method-not-allowed',
    `${quoted(path, 200)} takes ${methods}, not ${quoted(method, 20).slice(1, -1)}`,
  );
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith(':') ? given[i] !== '' : part === given[i]))
  );
}
