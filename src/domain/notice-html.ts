// A notice as HTML: read aloud in its order, legible without its style sheet, in the dark too, and fetching nothing.

import type { NoticePage, Row } from './notice-page.ts';

/**
 * Colours are the reader's own (CSS Color Adjustment 1, `color-scheme`): contrast is that of their mail program, light or dark. Only lines, which say
 * nothing, have one of ours. Style sheets in the head are left out by some programs; nothing is lost then.
 */
const STYLE = [
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

/** A whole document. Every word comes from the page and is escaped; there is no link, no picture, no script and no form. */
export function pageAsHtml({ subject, lines, meaning, announcement, about, sender }: NoticePage): string {
  const paste =
    announcement === undefined
      ? []
      : [`<h2>${escaped(announcement.heading)}</h2>`, `<p class="box">${escaped(announcement.text)}</p>`];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(subject)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escaped(subject)}</h1>`,
    ...paragraphs(lines),
    ...table(meaning),
    ...paste,
    ...table(about),
    `<p>${escaped(sender)}</p>`,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
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
function table(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    '<table>',
    ...rows.map(([label, value]) => `<tr><th scope="row">${escaped(label)}</th><td>${escaped(value)}</td></tr>`),
    '</table>',
  ];
}

/** The five characters that can leave text or an attribute in HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
