// Hostnames a UCx server may have and a public certificate may carry.

import { domainToASCII, domainToUnicode } from 'node:url';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';

/** RFC 1035, 2.3.4: octets of a label and of a name (without the final dot). */
const MAX_LABEL = 63;
export const MAX_NAME = 253;

/** RFC 5280, A.1: ub-common-name-length. A longer name is only in the SAN. */
export const MAX_COMMON_NAME = 64;

/** RFC 5890, 2.3.1: letters, digits and inner hyphens. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** https://url.spec.whatwg.org/#ends-in-a-number-checker */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

/** The hostname a UCx has before anybody names it (facts: factory setting). */
const FACTORY_NAMES = ['localhost', 'localhost.localdomain'];

/** With or without brackets; two colons at least. */
const IPV6 = /^\[?[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*\]?$/i;

/**
 * Takes a hostname as a person or the order system writes it; answers it in our form: lower case, no final dot, A-labels.
 * Anything a public certificate cannot carry is a `bad-request` problem that names `field`, what was seen and what would be right.
 */
export function parseHostname(text: string, field: string): string {
  const seen = quoted(text);
  const refuse = (why: string) => new Problem('bad-request', `${field} ${seen} ${why}`, { field });

  if (/[^\x20-\x7e]/.test(text)) throw refuse(unicodeAdvice(text));
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name === '') throw refuse('is empty; give the full name of the server, like pbx.customer.example');
  if (IPV6.test(name) || /^[0-9.]+$/.test(name)) {
    throw refuse('is an IP address; phones check a name, so give the full name of the server');
  }
  if (FACTORY_NAMES.includes(name)) {
    throw refuse('is the factory name; set the full name of the server under System, Network first');
  }
  if (name.startsWith('*.') || name.includes('*')) {
    throw refuse('is a wildcard; give the one name of this server');
  }
  if (name.includes('_'))
    throw refuse('has an underscore, which no public certificate may carry; use a hyphen or nothing');
  if (name.length > MAX_NAME) throw refuse(`has ${name.length} characters; a DNS name has at most ${MAX_NAME}`);

  const labels = name.split('.');
  for (const label of labels) {
    if (label.length > MAX_LABEL)
      throw refuse(`has a label of ${label.length} characters; a label has at most ${MAX_LABEL}`);
    if (!LABEL.test(label)) {
      throw refuse(`has a label ${quoted(label)}; a label is letters, digits and inner hyphens`);
    }
    if (/^..--/.test(label) && domainToUnicode(label) === label)
      throw refuse(
        `has ${quoted(label)}, which is no valid A-label; hyphens as its third and fourth are kept for those`,
      );
  }
  if (labels.length < 2) throw refuse('has one label; give the full name, with its domain');
  if (NUMBER.test(labels.at(-1) ?? ''))
    throw refuse('ends in a number, so programs read it as an IP address; give the full name of the server');
  return name;
}

/** Whether `zone` is the name itself or a parent of it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** The longest of `zones` the name lies in, or undefined. */
export function longestZone(name: string, zones: readonly string[]): string | undefined {
  return zones.filter((zone) => isWithin(name, zone)).sort((a, b) => b.length - a.length)[0];
}

/** Controls and blanks are not sent through the conversion: it drops some of them in silence. */
function unicodeAdvice(text: string): string {
  const ascii = /[\p{C}\p{Z}]/u.test(text) ? '' : domainToASCII(text).replace(/\.$/, '');
  const isName = ascii.split('.').every((label) => LABEL.test(label) && label.length <= MAX_LABEL);
  if (!isName) return 'has characters no DNS name may have';
  return `is an internationalized name; give it as A-labels: ${ascii}`;
}
