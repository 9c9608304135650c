// How long an authority asked us to stay away, never believed beyond a day.

/** A longer wait than this is no advice but a way to switch us off; the caller asks again after it. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * `Retry-After` as seconds or as an HTTP-date that says GMT (RFC 9110, 10.2.3 and 5.6.7) → milliseconds from `now`, 0 to 24 h.
 * Undefined when the header is absent or is neither.
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1000);
  if (!/^[A-Za-z]{3,9}, .{1,40} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : bounded(at - now.getTime());
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
