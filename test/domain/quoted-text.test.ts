// What came from outside is shown, and moves nothing.

import { describe, expect, it } from 'vitest';
import { onOneLine, quoted } from '../../src/domain/quoted-text.ts';

describe('text from outside', () => {
  it.each([
    { text: 'pbx', shown: '"pbx"' },
    { text: 'Zoë "Z" \\', shown: '"Zoë \\"Z\\" \\\\"' },
    { text: 'a\r\nb\u001b[2J', shown: '"a\\r\\nb\\u001b[2J"' },
    { text: 'a\u007fb\u009bc\u2028d', shown: '"a\\u{7f}b\\u{9b}c\\u{2028}d"' },
    { text: 'gpj\u202ecod.exe', shown: '"gpj\\u{202e}cod.exe"' },
    { text: 'x'.repeat(81), shown: `"${'x'.repeat(80)}…"` },
    { text: `${'x'.repeat(79)}😀`, shown: `"${'x'.repeat(79)}\\ud83d…"` },
  ])('is quoted as $shown', ({ text, shown }) => {
    expect(quoted(text)).toBe(shown);
  });

  it('is cut where the caller wants', () => {
    expect(quoted('abcdef', 3)).toBe('"abc…"');
  });

  it('stays on one line', () => {
    expect(onOneLine(' Northwind\r\nNothing has to be done.\u2029\u202e! \n')).toBe(
      'Northwind  Nothing has to be done.  !',
    );
  });
});
