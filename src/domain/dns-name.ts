// Hostnames a UCx server may have and a public certificate may carry.

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { Problem } from './problem.ts';

/** RFC 1035, 2.3.4: octets of a label and of a name (without the final dot). */
const MAX_LABEL = 63;
const MAX_NAME = 253;

/** RFC 5280, A.1: ub-common-name-length. A longer name is only in the SAN. */
export const MAX_COMMON_NAME = 64;

/** The hostname a UCx has before anybody names it (facts: factory setting). */
const FACTORY_NAMES = ['localhost', 'localhost.localdomain'];

/**
 * Takes a hostname as a person or the order system writes it; answers it in our form: lower case, no final dot, A-labels.
 * Anything a public certificate cannot carry is a `bad-request` problem that names `field`, what was seen and what would be right.
 */
export function parseHostname(text: string, field: string): string {
  const seen = quoted(text);
  const refuse = (why: string) => new Problem('bad-request', `${field} ${seen} ${why}`, { field });

  const name = text.toLowerCase().replace(/\.$/, '');
  if (name === '') throw refuse('is empty; give the full name of the server, like pbx.customer.example');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || /^[0-9.]+$/.test(name)) {
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
  if (/[^\x20-\x7e]/.test(name)) throw refuse(unicodeAdvice(name));
  if (name.length > MAX_NAME) throw refuse(`has ${name.length} characters; a DNS name has at most ${MAX_NAME}`);

  const labels = name.split('.');
  for (const label of labels) {
    if (label.length > MAX_LABEL)
      throw refuse(`has a label of ${label.length} characters; a label has at most ${MAX_LABEL}`);
    if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label)) {
      throw refuse(`has a label ${quoted(label)}; a label is letters, digits and inner hyphens`);
    }
    if (label.startsWith('xn--') && domainToASCII(label) !== label)
      throw refuse(`has ${quoted(label)}, which is no valid A-label`);
  }
  if (labels.length < 2) throw refuse('has one label; give the full name, with its domain');
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

function unicodeAdvice(name: string): string {
  const ascii = domainToASCII(name);
  if (ascii === '') return 'has characters no DNS name may have';
  return `is an internationalized name; give it as A-labels: ${ascii}`;
}

/** Cut, and safe to print: what came from outside never reaches a terminal or a mail as it is. */
function quoted(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(cut);
}
