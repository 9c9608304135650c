// Text from outside, cut and safe to print in a message, a log, a terminal or a mail.

const MAX_QUOTED = 80;

/** As JSON writes it, in quotation marks; whatever moves a cursor, ends a line or turns the direction of writing is spelt out. */
export function quoted(text: string, max = MAX_QUOTED): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return JSON.stringify(cut).replaceAll(UNPRINTABLE, spelt);
}

/** The same characters as blanks, for text that is shown without quotation marks: always one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(UNPRINTABLE, ' ').trim();
}

/** Unicode's controls, format characters (bidirectional ones among them) and line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function spelt(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
