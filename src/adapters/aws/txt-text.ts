// Between the text of a TXT record and the way Route 53 writes it.

/** A character string holds at most 255 octets (RFC 1035, 3.3). */
const STRING_BYTES = 255;

/**
 * `two words` → `"two words"`; quotes and backslashes escaped, anything but printable ASCII as octal `\ooo`, longer texts
 * as several strings. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
 */
export function quotedTxt(text: string): string {
  const octets = Buffer.from(text, 'utf8');
  const strings: string[] = [];
  for (let start = 0; start === 0 || start < octets.length; start += STRING_BYTES) {
    strings.push(`"${[...octets.subarray(start, start + STRING_BYTES)].map(escapedOctet).join('')}"`);
  }
  return strings.join(' ');
}

/** The text of a value as Route 53 lists it; strings joined. A value without quotes is taken as it is. */
export function txtText(value: string): string {
  const strings = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map((found) => found[1] ?? '');
  if (strings.length === 0) return value;
  const octets = strings
    .join('')
    .replaceAll(/\\(?:([0-3][0-7]{2})|(.))/gs, (_, octal: string | undefined, plain: string) =>
      octal === undefined ? plain : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  return Buffer.from(octets, 'latin1').toString('utf8');
}

function escapedOctet(octet: number): string {
  const character = String.fromCharCode(octet);
  if (character === '"' || character === '\\') return `\\${character}`;
  if (octet >= 0x20 && octet <= 0x7e) return character;
  return `\\${octet.toString(8).padStart(3, '0')}`;
}
