// What follows from what was seen of an activation: every combination, because a restart for our own blindness is the worst bug there is.

import { describe, expect, it } from 'vitest';
import { decideProof, judgeSighting, type Look, type ProofDecision, remarkOnWeb } from '../../src/domain/proof.ts';

describe('a proof', () => {
  it.each<{
    inside: Look;
    outside: Look;
    before: 'served' | 'unreachable';
    verdict: ProofDecision['verdict'];
    tells: string | undefined;
  }>([
    { inside: 'right', outside: 'right', before: 'served', verdict: 'commit', tells: undefined },
    { inside: 'right', outside: 'right', before: 'unreachable', verdict: 'commit', tells: undefined },
    { inside: 'right', outside: 'wrong', before: 'served', verdict: 'commit', tells: 'outside another one' },
    { inside: 'right', outside: 'wrong', before: 'unreachable', verdict: 'commit', tells: 'outside another one' },
    {
      inside: 'right',
      outside: 'unreachable',
      before: 'served',
      verdict: 'commit',
      tells: 'was reachable before and is not now',
    },
    {
      inside: 'right',
      outside: 'unreachable',
      before: 'unreachable',
      verdict: 'commit',
      tells: 'was not reachable before and is not now',
    },
    {
      inside: 'wrong',
      outside: 'right',
      before: 'served',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'wrong',
      outside: 'right',
      before: 'unreachable',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'wrong',
      outside: 'wrong',
      before: 'served',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'wrong',
      outside: 'wrong',
      before: 'unreachable',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'wrong',
      outside: 'unreachable',
      before: 'served',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'wrong',
      outside: 'unreachable',
      before: 'unreachable',
      verdict: 'restore',
      tells: 'another chain than the staged one',
    },
    {
      inside: 'unreachable',
      outside: 'right',
      before: 'served',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
    {
      inside: 'unreachable',
      outside: 'right',
      before: 'unreachable',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
    {
      inside: 'unreachable',
      outside: 'wrong',
      before: 'served',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
    {
      inside: 'unreachable',
      outside: 'wrong',
      before: 'unreachable',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
    {
      inside: 'unreachable',
      outside: 'unreachable',
      before: 'served',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
    {
      inside: 'unreachable',
      outside: 'unreachable',
      before: 'unreachable',
      verdict: 'look-again',
      tells: 'nothing was restarted',
    },
  ])('inside $inside, outside $outside (before: $before): $verdict', ({ inside, outside, before, verdict, tells }) => {
    const decision = decideProof({ inside, outside, outsideBefore: before });
    expect(decision.verdict).toBe(verdict);
    if (tells === undefined) expect(decision.tellOps).toBeUndefined();
    else expect(decision.tellOps).toContain(tells);
  });
});

describe('a look', () => {
  it.each<{ seen: Parameters<typeof judgeSighting>[0]; look: Look }>([
    { seen: { kind: 'served', served: { fingerprint: 'aa', trusted: true } }, look: 'right' },
    { seen: { kind: 'served', served: { fingerprint: 'aa', trusted: false } }, look: 'wrong' },
    { seen: { kind: 'served', served: { fingerprint: 'bb', trusted: true } }, look: 'wrong' },
    { seen: { kind: 'served', served: { fingerprint: 'bb', trusted: false } }, look: 'wrong' },
    { seen: { kind: 'unreachable' }, look: 'unreachable' },
  ])('at $seen is $look', ({ seen, look }) => {
    expect(judgeSighting(seen, 'aa')).toBe(look);
  });
});

describe('what is said of Apache on the same files', () => {
  const served = (fingerprint: string, trusted = true) =>
    ({ kind: 'served', served: { fingerprint, trusted } }) as const;
  it.each<{
    when: string;
    sighting: Parameters<typeof remarkOnWeb>[0];
    script: Parameters<typeof remarkOnWeb>[2];
    says: string | undefined;
  }>([
    { when: 'it serves the new chain', sighting: served('new'), script: 'reloaded', says: undefined },
    {
      when: 'it serves the old one',
      sighting: served('old'),
      script: 'stale',
      says: 'still serves another certificate',
    },
    { when: 'it did not load before us', sighting: served('old'), script: 'unfit', says: 'was left alone' },
    { when: 'it is gone', sighting: { kind: 'unreachable' }, script: 'reloaded', says: 'does not answer' },
    {
      when: 'it is old and is told no chain',
      sighting: served('new', false),
      script: 'reloaded',
      says: 'SSLCertificateChainFile',
    },
  ])('is right when $when', ({ sighting, script, says }) => {
    const remark = remarkOnWeb(sighting, 'new', script);
    if (says === undefined) expect(remark).toBeUndefined();
    else expect(remark).toContain(says);
  });
});
