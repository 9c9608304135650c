// TXT values come back from Route 53's form as they went in, and a reader of our own sandbox agrees.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedTxt, txtText } from '../../../src/adapters/aws/txt-text.ts';
import { characterStrings, txtText as textInSandbox } from '../../../src/sandbox/dns/record-data.ts';

const awkward = fc.constantFrom('a', '7', ' ', '"', '\\', '\n', '\0', '\u007f', 'é', '漢', '😀');

describe('a TXT value', () => {
  it.each([
    { text: 'gfj9Xq-Rg85nM_x', quoted: '"gfj9Xq-Rg85nM_x"' },
    { text: '', quoted: '""' },
    { text: 'say "hi" \\o/', quoted: String.raw`"say \"hi\" \\o/"` },
    { text: 'naïve', quoted: String.raw`"na\303\257ve"` },
    { text: 'a'.repeat(256), quoted: `"${'a'.repeat(255)}" "a"` },
  ])('$text is written $quoted', ({ text, quoted }) => {
    expect(quotedTxt(text)).toBe(quoted);
    expect(txtText(quoted)).toBe(text);
  });

  it('is read when somebody else wrote it differently', () => {
    expect(txtText('"one""two"')).toBe('onetwo');
    expect(txtText(String.raw`"\101BC"`)).toBe('ABC');
    expect(txtText('unquoted')).toBe('unquoted');
  });

  it('comes back as it went in, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: awkward, maxLength: 300 }), (text) => {
        expect(txtText(quotedTxt(text))).toBe(text);
        expect(textInSandbox(quotedTxt(text))).toBe(text);
      }),
    );
  });

  it.each([
    { value: 'bare', finding: 'not quoted' },
    { value: '"open', finding: 'not quoted' },
    { value: '"inner "quote"', finding: 'not quoted' },
    { value: '"naïve"', finding: 'not quoted' },
    { value: '', finding: 'not quoted' },
    { value: `"${'a'.repeat(256)}"`, finding: 'too long' },
  ])('is refused by the sandbox when it is $finding', ({ value, finding }) => {
    expect(characterStrings(value)).toBe(finding);
  });
});
