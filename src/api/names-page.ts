// The page behind a link about the names of a server: what differs, where it is changed, and a button to have it looked at again.

import { asDocument, escaped, table } from '../domain/notice-html.ts';
import { hasDifferences, type ServerNames } from '../domain/three-names.ts';
import { PAGE_STYLE } from './appointment-page.ts';

export interface NamesPage {
  readonly hostname: string;
  /** As they were last seen; absent before that. */
  readonly names: ServerNames | undefined;
  /** When the look under way was asked for, ISO 8601; absent when none is. */
  readonly lookingSince: string | undefined;
}

export const NO_NAMES_PAGE = asDocument('This link does not lead anywhere', PAGE_STYLE, [
  '<p>It is not complete, or its time is over. Whoever has none that works asks E-MetroTel.</p>',
]);

/** Whole HTML; every word from outside is escaped, nothing is fetched, nothing runs. */
export function namesPage({ hostname, names, lookingSince }: NamesPage): string {
  return asDocument(`Names of ${hostname}`, PAGE_STYLE, [
    `<p>${escaped(standing(names))}</p>`,
    ...(names?.findings ?? []).map(
      ({ sentence, remedy }) => `<p class="box">${escaped(`${sentence}.`)}<br>${escaped(`${remedy}.`)}</p>`,
    ),
    ...(lookingSince === undefined ? [BUTTON] : [`<p>${escaped(LOOKING)}</p>`]),
    ...table([
      ['Server', hostname],
      ['Last looked at', names?.seenAt ?? 'not yet'],
      ...(lookingSince === undefined ? [] : [['Being looked at since', lookingSince] as const]),
    ]),
    '<p>E-MetroTel certificate service</p>',
  ]);
}

function standing(names: ServerNames | undefined): string {
  if (names === undefined) return 'The server has not been looked at yet.';
  if (!hasDifferences(names.findings)) return 'Nothing differs any more, as far as the server says. Thank you.';
  return 'Phones find their way only if these are one. We change neither.';
}

const LOOKING =
  'The server is being looked at, which takes up to a minute. Load this page again to see what was found.';
const BUTTON =
  '<form method="post"><button type="submit" name="act" value="look">It is changed: look at it now</button></form>';
