// Links in mails: what was signed is read, and nothing else is, whatever is done to it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppointmentLink, linkId, readLink, signLink } from '../../src/domain/appointment-link.ts';

const KEY = new Uint8Array(32).fill(1);
const OLD_KEY = new Uint8Array(32).fill(2);
const NOW = new Date('2027-01-12T00:00:00Z');
const link: AppointmentLink = {
  partner: 'emetrotel',
  appointmentId: 'abcdefghijklmnopqrstuvwxyz-a1',
  sequence: 3,
  side: 'contact',
  recipient: '0123456789abcdef',
  notice: 'restart-announced.0',
  acts: ['confirm', 'move', 'cancel', 'run-now'],
  expires: NOW.getTime() / 1000 + 60,
};
const token = signLink(link, KEY);

describe('a link', () => {
  it('says what was signed, under any key in use, and fits into a line of a mail', () => {
    expect(readLink(token, [OLD_KEY, KEY], NOW)).toEqual({ ...link, acts: ['confirm', 'move', 'cancel', 'run-now'] });
    expect(readLink(signLink({ ...link, side: 'ops', acts: ['cancel'] }, KEY), [KEY], NOW)).toEqual({
      ...link,
      side: 'ops',
      acts: ['cancel'],
    });
    expect(token).toMatch(/^1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    expect(token.length).toBeLessThan(300);
  });

  it('is the same for the same notice and person, and another for any other', () => {
    expect(signLink({ ...link }, KEY)).toBe(token);
    const others: readonly Partial<AppointmentLink>[] = [
      { partner: 'other' },
      { appointmentId: 'abcdefghijklmnopqrstuvwxyz-a2' },
      { sequence: 4 },
      { side: 'ops' },
      { recipient: 'fedcba9876543210' },
      { notice: 'restart-reminder.1' },
      { acts: ['cancel'] },
      { expires: link.expires + 1 },
    ];
    const ids = others.map((other) => linkId(signLink({ ...link, ...other }, KEY)));
    expect(new Set([...ids, linkId(token)]).size).toBe(others.length + 1);
  });

  it('is worth nothing to the second at its end, and under another key', () => {
    expect(readLink(token, [KEY], new Date(link.expires * 1000 - 1))).toBeDefined();
    expect(readLink(token, [KEY], new Date(link.expires * 1000))).toBeUndefined();
    expect(readLink(token, [OLD_KEY], NOW)).toBeUndefined();
    expect(() => signLink(link, new Uint8Array(31))).toThrow('at least 32 bytes');
  });

  it('cannot be changed anywhere', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ['A', 'B', '-', '.', '1', '=', ' ']) {
        if (token[at] === other) continue;
        const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
        expect(readLink(changed, [KEY], NOW), changed).toBeUndefined();
      }
    }
  });

  it('cannot be cut, lengthened or made up', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string(), fc.base64String(), (length, text, base64) => {
        expect(readLink(token.slice(0, length), [KEY], NOW)).toBeUndefined();
        expect(readLink(`${token}${text || 'x'}`, [KEY], NOW)).toBeUndefined();
        expect(readLink(text, [KEY], NOW)).toBeUndefined();
        expect(readLink(`1.${base64}.${'A'.repeat(43)}`, [KEY], NOW)).toBeUndefined();
      }),
    );
    const other = signLink({ ...link, acts: ['cancel'] }, KEY);
    const [, body] = token.split('.');
    expect(readLink(`1.${body}.${other.split('.')[2]}`, [KEY], NOW)).toBeUndefined();
  });
});
