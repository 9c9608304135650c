// The readiness report as a page to print: who connects, what has to change and by whom, and what was not looked at.

import { asDocument, escaped, STYLE } from '../domain/notice-html.ts';
import { type Actor, CLIENTS, type Client, type Readiness, type ReadinessFinding } from '../domain/readiness.ts';

export interface ReadinessPage {
  readonly hostname: string;
  readonly sitePort: number;
  /** ISO 8601. */
  readonly seenAt: string;
  readonly readiness: Readiness;
}

/** A verdict is a word, not a colour; in print every part stays whole. */
export const READINESS_STYLE = [
  STYLE,
  'table.verdicts td{font-weight:bold}',
  'section{break-inside:avoid}',
  'h3{font-size:16px;margin:12px 0 4px}',
  '@media print{body{padding:0;font-size:12px}main{max-width:none}}',
].join('');

const CLIENT_NAMES: Readonly<Record<Client, string>> = {
  iphone: 'iPhone',
  android: 'Android phone',
  browser: 'Browser',
  desktop: 'Desktop client',
};

const VERDICTS = { yes: 'connects', no: 'does not connect', 'cannot-say': 'cannot be said' } as const;

const ACTORS: Readonly<Record<Actor, string>> = {
  'customer-dns': 'whoever keeps the domain',
  'customer-network': 'whoever keeps router and firewall',
  'ucx-administrator': 'the administrator of the UCX',
  emetrotel: 'E-MetroTel',
};

const GROUPS: readonly (readonly [ReadinessFinding['severity'], string])[] = [
  ['stops', 'What stops clients'],
  ['warns', 'What will go wrong, or works only in part'],
  ['advice', 'To look at yourself'],
  ['not-checked', 'What was not looked at'],
];

/** Whole HTML; every word from outside is escaped, nothing is fetched, nothing runs. */
export function readinessPage({ hostname, sitePort, seenAt, readiness }: ReadinessPage): string {
  const { verdicts, findings } = readiness;
  return asDocument(`Would clients connect to ${hostname}?`, READINESS_STYLE, [
    `<p>${escaped(`From the internet, on site port ${sitePort}, as seen ${seenAt}.`)}</p>`,
    '<table class="verdicts">',
    ...CLIENTS.map(
      (client) => `<tr><th scope="row">${CLIENT_NAMES[client]}</th><td>${VERDICTS[verdicts[client]]}</td></tr>`,
    ),
    '</table>',
    ...GROUPS.flatMap(([severity, heading]) => {
      const some = findings.filter((finding) => finding.severity === severity);
      return some.length === 0 ? [] : [`<h2>${heading}</h2>`, ...some.map(section)];
    }),
    '<p>E-MetroTel certificate service. Nothing stands here as looked at that was not.</p>',
  ]);
}

function capital(sentence: string): string {
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;
}

function section({ severity, clients, sentence, remedy, who }: ReadinessFinding): string {
  const whom =
    clients.length === CLIENTS.length ? 'all clients' : clients.map((client) => CLIENT_NAMES[client]).join(', ');
  const concerns = severity === 'stops' ? `<br><strong>Stops:</strong> ${escaped(whom)}` : '';
  return `<section class="box"><p>${escaped(capital(sentence))}.${concerns}</p><p><strong>To do:</strong> ${escaped(remedy)}.<br><strong>Who:</strong> ${escaped(ACTORS[who])}</p></section>`;
}
