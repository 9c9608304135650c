// The sandbox reads the XML of a request strictly and writes what any reader understands.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childOf, childrenOf, readXml, textOf, xml, xmlDocument } from '../../../src/sandbox/route53/xml-text.ts';

describe('readXml', () => {
  it('reads elements, attributes left aside, and text with entities', () => {
    const root = readXml(
      '<?xml version="1.0"?>\n<a xmlns="x:y"><b>1 &lt; 2 &amp;&#38; &#x41;</b><b/><c>&quot;v&quot;</c></a>\n',
    );
    expect(root?.name).toBe('a');
    expect(childrenOf(root, 'b').map(({ text }) => text)).toEqual(['1 < 2 && A', '']);
    expect(textOf(root, 'c')).toBe('"v"');
    expect(childOf(root, 'd')).toBeUndefined();
  });

  it.each([
    '',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a/>text',
    '<a b=c/>',
    '<!DOCTYPE a><a/>',
    '<a><!-- c --></a>',
    '<a><![CDATA[x]]></a>',
    '<a>'.repeat(100) + '</a>'.repeat(100),
  ])('does not take %j', (text) => {
    expect(readXml(text)).toBeUndefined();
  });

  it('reads back what was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        expect(textOf(readXml(xmlDocument('a', [xml('b', text)])), 'b')).toBe(text.trim());
      }),
    );
  });

  it('takes any text without throwing or taking long', () => {
    const pieces = fc.array(fc.constantFrom('<', '>', '/', 'a', '"', '=', '&', ';', '?', '!', ' ', 'xml'), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        readXml(parts.join(''));
      }),
    );
  });
});
