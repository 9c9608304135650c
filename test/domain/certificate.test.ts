// What is written down about a certificate's renewal: advice drawn once, failures counted once, and what to do next.

import { describe, expect, it } from 'vitest';
import { type Certificate, planRenewal, renewalKey, withAdvice, withFailure } from '../../src/domain/certificate.ts';

const DAY_MS = 24 * 3_600_000;
const BEGIN = new Date('2027-03-01T00:00:00Z');
const day = (days: number) => new Date(BEGIN.getTime() + days * DAY_MS);

const certificate: Certificate = {
  partner: 'emetrotel',
  hostname: 'pbx.northwind.test',
  orderId: 'o1',
  authority: 'letsencrypt',
  fingerprint: 'ab'.repeat(32),
  notBefore: day(0).toISOString(),
  notAfter: day(90).toISOString(),
  restartLeadMs: 9 * DAY_MS,
  askAgainAt: day(90).toISOString(),
  failures: 0,
};
const said = { ariCertId: 'a.b', suggestedWindow: { start: day(60), end: day(62) }, explanationUrl: undefined };
const failure = { orderId: 'o2', at: day(60).toISOString(), code: 'ca-refused', message: 'badCSR' };

describe('withAdvice', () => {
  it('draws once for a window, however often it is said', () => {
    const first = withAdvice(certificate, said, { askAgainAt: day(1), luck: 0.5 });
    const again = withAdvice(first, said, { askAgainAt: day(2), luck: 0.9 });
    expect(again.renewAt).toBe(first.renewAt);
    expect(again.askAgainAt).toBe(day(2).toISOString());
  });

  it('draws anew for another window', () => {
    const first = withAdvice(certificate, said, { askAgainAt: day(1), luck: 0.5 });
    const moved = { ...said, suggestedWindow: { start: day(2), end: day(3) } };
    expect(withAdvice(first, moved, { askAgainAt: day(2), luck: 0 }).renewAt).toBe(day(2).toISOString());
  });

  it('forgets what an authority does not advise any more', () => {
    const first = withAdvice(certificate, said, { askAgainAt: day(1), luck: 0.5 });
    expect(withAdvice(first, undefined, { askAgainAt: day(2), luck: 0.5 })).toMatchObject({
      advice: undefined,
      renewAt: undefined,
      askAgainAt: day(2).toISOString(),
    });
  });
});

describe('withFailure', () => {
  it('counts an order once, however often it is noted', () => {
    const once = withFailure(certificate, failure);
    expect(withFailure(once, failure)).toBe(once);
    expect(once).toMatchObject({ failures: 1, nextAttemptAt: new Date(day(60).getTime() + 60_000).toISOString() });
    expect(withFailure(once, { ...failure, orderId: 'o3' }).failures).toBe(2);
  });

  it('makes the next renewal another order', () => {
    expect(renewalKey(withFailure(certificate, failure))).not.toBe(renewalKey(certificate));
    expect(renewalKey({ ...certificate })).toBe(renewalKey(certificate));
  });
});

describe('planRenewal', () => {
  const failed = withFailure(certificate, failure);
  it.each([
    { when: 'young', of: certificate, now: day(1), plan: { act: 'wait', lookAt: day(60) } },
    { when: 'due', of: certificate, now: day(60), plan: { act: 'order', decision: { rule: 'lifetime' } } },
    {
      when: 'to be asked about first',
      of: { ...certificate, askAgainAt: day(3).toISOString() },
      now: day(1),
      plan: { act: 'wait', lookAt: day(3) },
    },
    {
      when: 'due, failed just now',
      of: failed,
      now: day(60),
      plan: { act: 'wait', lookAt: new Date(day(60).getTime() + 60_000) },
    },
    { when: 'due, failed a while ago', of: failed, now: day(61), plan: { act: 'order' } },
    { when: 'ended', of: certificate, now: day(100), plan: { act: 'order', decision: { rule: 'emergency' } } },
    {
      when: 'ended long ago',
      of: failed,
      now: day(120),
      plan: { act: 'give-up', why: expect.stringContaining('1 renewal(s) failed; last ca-refused: badCSR') },
    },
  ])('of one $when', ({ of, now, plan }) => {
    expect(planRenewal(of, now)).toMatchObject(plan);
  });
});
