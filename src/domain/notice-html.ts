// A notice as HTML: read aloud in its order, legible without its style sheet, in the dark too, and fetching nothing.

import { createHash } from 'node:crypto';
import type { NoticePage, Row } from './notice-page.ts';

/**
 * Colours are the reader's own (CSS Color Adjustment 1, `color-scheme`): contrast is that of their mail program, light or dark. Only lines, which say
 * nothing, have one of ours. Style sheets in the head are left out by some programs; nothing is lost then.
 */
export const STYLE = [
  ':root{color-scheme:light dark}',
  'body{margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif}',
  'main{max-width:640px;margin:0 auto}',
  'h1{font-size:22px;line-height:1.3;margin:0 0 16px;text-wrap:balance}',
  'h2{font-size:17px;margin:24px 0 8px}',
  'p{margin:0 0 8px}',
  'h1,h2,p,td{overflow-wrap:anywhere}',
  'table{width:100%;margin:24px 0;border-collapse:collapse}',
  'th,td{padding:6px 16px 6px 0;border-top:1px solid #888;text-align:left;vertical-align:top}',
  'th{width:30%}',
  '.box{margin:12px 0;padding:12px 16px;border:1px solid #888;border-left-width:6px}',
].join('');

/** A whole document. Every word comes from the page and is escaped; there is no link but the one to answer, no picture, no script and no form. */
export function pageAsHtml({ subject, lines, meaning, announcement, link, about, sender }: NoticePage): string {
  const paste =
    announcement === undefined
      ? []
      : [`<h2>${escaped(announcement.heading)}</h2>`, `<p class="box">${escaped(announcement.text)}</p>`];
  return asDocument(subject, STYLE, [
    ...paragraphs(lines),
    ...answer(link),
    ...table(meaning),
    ...paste,
    ...table(about),
    `<p>${escaped(sender)}</p>`,
  ]);
}

/** A whole HTML document around lines that are HTML already; the title is its one heading. */
export function asDocument(title: string, style: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escaped(title)}</h1>`,
    ...body,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Names one style sheet of ours in a Content-Security-Policy, so that no other is obeyed (CSP Level 3, 2.3.1). */
export function styleSource(style: string): string {
  return `sha256-${createHash('sha256').update(style).digest('base64')}`;
}

/** The address is written out as well: whoever distrusts a button can read where it leads. */
function answer(link: NoticePage['link']): readonly string[] {
  if (link === undefined) return [];
  return [`<p class="box">${escaped(link.label)}<br><a href="${escaped(link.url)}">${escaped(link.url)}</a></p>`];
}

function paragraphs(lines: readonly string[]): readonly string[] {
  const [alone = '', ...together] = lines.join('\n').split('\n\n');
  const broken = (block: string) => block.split('\n').map((line) => escaped(line.trim()));
  return [
    ...broken(alone).map((line) => `<p>${line}</p>`),
    ...together.map((block) => `<p class="box">${broken(block).join('<br>')}</p>`),
  ];
}

/** The label is the row's header, so that it is read with its value (WCAG 2.2, technique H63). */
export function table(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    '<table>',
    ...rows.map(([label, value]) => `<tr><th scope="row">${escaped(label)}</th><td>${escaped(value)}</td></tr>`),
    '</table>',
  ];
}

/** The five characters that can leave text or an attribute in HTML. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
