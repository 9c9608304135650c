// What goes with every page behind a link: nothing is fetched, nothing runs, nobody frames it, and no page tells the next one where the reader came from.

import { styleSource } from '../domain/notice-html.ts';

/** `style`: the one sheet the page has. */
export function pageHeaders(style: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': `default-src 'none'; style-src '${styleSource(style)}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex, nofollow',
  };
}
