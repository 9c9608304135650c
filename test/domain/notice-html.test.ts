// Notices as HTML: what came from outside stays text, nothing is fetched, and a page is what screen readers expect.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageAsHtml } from '../../src/domain/notice-html.ts';
import type { NoticePage } from '../../src/domain/notice-page.ts';

const page: NoticePage = {
  subject: 'InfinityOne restart',
  lines: ['It is restarted.', 'Nothing has to be done.'],
  meaning: [['How long it takes', 'about a minute']],
  announcement: { heading: 'Paste this:', text: '@all! InfinityOne restarts.' },
  link: { label: 'Answer it:', url: 'https://certificates.emetrotel.test/a/1.x.y' },
  about: [['Server', 'pbx.northwind.test']],
  sender: 'E-MetroTel certificate service',
};

const hostile = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '<img src=x>',
      '</td>',
      '<script>',
      '<!--',
      '-->',
      ']]>',
      '&lt;',
      'x',
      ' ',
      '世',
    ),
    { maxLength: 30, size: 'max' },
  )
  .map((parts) => parts.join(''));

function pageOf(text: string): NoticePage {
  return {
    subject: text,
    lines: [text, text],
    meaning: [[text, text]],
    announcement: { heading: text, text },
    link: { label: text, url: 'https://certificates.emetrotel.test/a/1.x.y' },
    about: [[text, text]],
    sender: text,
  };
}

/** Tags and attributes, without their text. */
function marksOf(html: string): readonly string[] {
  return html.match(/<[^>]*>?/g) ?? [];
}

describe('a notice in HTML', () => {
  it('has the marks of its page, whatever its words are', () => {
    const marks = marksOf(pageAsHtml(pageOf('x')));
    fc.assert(
      fc.property(hostile, (text) => {
        const html = pageAsHtml(pageOf(text));
        expect(marksOf(html)).toEqual(marks);
        expect(html.replaceAll(/<style>.*<\/style>/g, '').replaceAll(/<[^>]*>/g, '')).not.toMatch(/["']|&(?!#\d+;)/);
      }),
    );
  });

  it('shows its words as they are', () => {
    expect(pageAsHtml({ ...page, sender: `a < b & "c" 'd' &amp; >` })).toContain(
      '<p>a &#60; b &#38; &#34;c&#34; &#39;d&#39; &#38;amp; &#62;</p>',
    );
  });

  it('says its language, its title, one heading, and what each row is about', () => {
    const html = pageAsHtml(page);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n/);
    expect(html).toContain('<title>InfinityOne restart</title>');
    expect(html.match(/<h1>[^<]*<\/h1>/g)).toEqual(['<h1>InfinityOne restart</h1>']);
    expect(html.match(/<tr>.*<\/tr>/g)).toEqual([
      '<tr><th scope="row">How long it takes</th><td>about a minute</td></tr>',
      '<tr><th scope="row">Server</th><td>pbx.northwind.test</td></tr>',
    ]);
  });

  it('keeps together the lines that belong together', () => {
    const lines = ['Set these:', 'Both.', '', '  a. CNAME b.', '    needed: x', '', '  c. A 192.0.2.1'];
    expect(
      pageAsHtml({ ...page, lines })
        .match(/<p.*<\/p>/g)
        ?.slice(0, 4),
    ).toEqual([
      '<p>Set these:</p>',
      '<p>Both.</p>',
      '<p class="box">a. CNAME b.<br>needed: x</p>',
      '<p class="box">c. A 192.0.2.1</p>',
    ]);
  });

  it('leaves out what there is nothing to say about', () => {
    const html = pageAsHtml({ ...page, meaning: [], announcement: undefined });
    expect(html.match(/<table>/g)).toHaveLength(1);
    expect(html).not.toContain('<h2>');
  });

  it('writes out where its one link leads', () => {
    const html = pageAsHtml({ ...page, link: { label: 'Answer:', url: 'https://a.test/a/1?x="&y' } });
    expect(html).toContain('<a href="https://a.test/a/1?x=&#34;&#38;y">https://a.test/a/1?x=&#34;&#38;y</a>');
    expect(html.match(/<a\b/g)).toHaveLength(1);
  });

  it('has nothing that is fetched, followed or run where there is nothing to answer', () => {
    expect(pageAsHtml({ ...page, link: undefined })).not.toMatch(
      /<(?:a|img|link|script|form|iframe|object|base)\b|url\(|@import|https?:|\bon\w+=|src=|href=/i,
    );
  });
});
