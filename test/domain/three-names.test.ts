// Three names that must be one: each way they differ, and what a person is told to do.

import { describe, expect, it } from 'vitest';
import {
  describeFinding,
  hasDifferences,
  judgeNames,
  type NamesSeen,
  type NamesWanted,
} from '../../src/domain/three-names.ts';

const NAME = 'pbx.customer.example';
const wanted: NamesWanted = { names: [NAME, 'phones.customer.example'], sitePort: 21_326 };
const right: NamesSeen = { hostname: NAME, siteUrl: `https://${NAME}:21326` };

describe('the UCX, its Site URL and the certificate', () => {
  it.each<{ readonly what: string; readonly seen: NamesSeen }>([
    { what: 'are the same to the letter', seen: right },
    {
      what: 'are written otherwise',
      seen: { hostname: 'PBX.Customer.Example.', siteUrl: `HTTPS://Pbx.Customer.Example.:21326/` },
    },
    {
      what: 'meet in a further name of the certificate',
      seen: { ...right, siteUrl: 'https://phones.customer.example:21326' },
    },
    { what: 'are written without a scheme', seen: { ...right, siteUrl: `${NAME}:21326` } },
  ])('are one when they $what', ({ seen }) => {
    expect(judgeNames(seen, wanted)).toEqual([]);
  });

  it.each<{
    readonly what: string;
    readonly seen: NamesSeen;
    readonly codes: readonly string[];
    readonly says: string;
  }>([
    {
      what: 'the wizard was opened by address, as after an upgrade',
      seen: { ...right, siteUrl: 'https://192.168.1.200:21326' },
      codes: ['site-url-address'],
      says: `is the address 192.168.1.200, as its installation wizard leaves it when it was opened by address; no certificate is for that, and links it mails lead there. Change it to host name ${NAME}, port 21326 (InfinityOne`,
    },
    {
      what: 'by an IPv6 address',
      seen: { ...right, siteUrl: 'https://[2001:db8::7]:21326' },
      codes: ['site-url-address'],
      says: 'the address [2001:db8::7]',
    },
    {
      what: 'the wizard was opened under another name, on another port',
      seen: { ...right, siteUrl: 'https://ucx.lan:4021' },
      codes: ['site-url-name', 'site-url-port'],
      says: `names "ucx.lan", the certificate "${NAME}", "phones.customer.example"`,
    },
    {
      what: 'the Site URL has no port, which means 443',
      seen: { ...right, siteUrl: `https://${NAME}` },
      codes: ['site-url-port'],
      says: 'has port 443, the order 21326',
    },
    {
      what: 'the Site URL is none',
      seen: { ...right, siteUrl: 'ftp://x' },
      codes: ['site-url-unclear'],
      says: '"ftp://x", is no address of a web site',
    },
    {
      what: 'the Site URL is nothing',
      seen: { ...right, siteUrl: 'https://:0' },
      codes: ['site-url-unclear'],
      says: 'is no address of a web site',
    },
    {
      what: 'the UCX has its factory name',
      seen: { ...right, hostname: 'localhost.localdomain' },
      codes: ['ucx-hostname-factory'],
      says: `as it leaves the factory. Change it to ${NAME} (web administration of the UCX: System, Network)`,
    },
    {
      what: 'the UCX has another name, also where the certificate has it as a further one',
      seen: { ...right, hostname: 'phones.customer.example' },
      codes: ['ucx-hostname'],
      says: `calls itself "phones.customer.example", the certificate "${NAME}"`,
    },
    {
      what: 'the UCX has a short name',
      seen: { ...right, hostname: 'pbx' },
      codes: ['ucx-hostname'],
      says: 'calls itself "pbx"',
    },
  ])('differ when $what', ({ seen, codes, says }) => {
    const findings = judgeNames(seen, wanted);
    expect(findings.map(({ code }) => code)).toEqual(codes);
    expect(hasDifferences(findings)).toBe(true);
    expect(findings.map(describeFinding).join('\n')).toContain(says);
  });

  it('are not said to agree or to differ when they could not be read', () => {
    const findings = judgeNames({ hostname: '' }, wanted);
    expect(findings.map(({ code, kind }) => [code, kind])).toEqual([
      ['site-url-unread', 'unread'],
      ['ucx-hostname-unread', 'unread'],
    ]);
    expect(hasDifferences(findings)).toBe(false);
  });
});
