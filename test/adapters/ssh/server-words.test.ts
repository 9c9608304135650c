// What a server says is taken as what a stranger says; what we tell its shell is taken as one word.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseActivation } from '../../../src/adapters/ssh/activation-view.ts';
import { parseSurroundings } from '../../../src/adapters/ssh/look-around.ts';
import { cleaned, keyValues, quote } from '../../../src/adapters/ssh/shell-words.ts';

const FINGERPRINT = 'ab'.repeat(32);

describe('quote', () => {
  it.each(["it's", '$(reboot) `id` "x" \\', 'two\nlines', '', "''", '-n'])('makes one word of %j', (text) => {
    expect(execFileSync('sh', ['-c', `printf '%s.' ${quote(text)}`], { encoding: 'utf8' })).toBe(`${text}.`);
  });
});

describe('cleaned', () => {
  it.each([
    { said: ' \u001b[31mred\u001b[0m\r\nnext\u0000 ', kept: '[31mred [0m next' },
    { said: 'left\u202eright\u2028', kept: 'left right' },
    { said: 'x'.repeat(400), kept: `${'x'.repeat(299)}…` },
  ])('makes one printable line of %j', ({ said, kept }) => {
    expect(cleaned(said)).toBe(kept);
  });
});

describe('keyValues', () => {
  it('lets nobody overwrite what was said first', () => {
    expect([...keyValues('up=yes\nnoise\n=x\nup=no\nwhy=a=b \r\n')]).toEqual([
      ['up', 'yes'],
      ['why', 'a=b'],
    ]);
  });
});

describe('parseActivation', () => {
  const state = {
    id: 'a1',
    fingerprint: FINGERPRINT,
    phase: 'restored',
    why: 'it was\u001b so',
    restarted: 'yes',
    running: 'no',
  };
  const parse = (change: Partial<typeof state>) => parseActivation(new Map(Object.entries({ ...state, ...change })));

  it('takes a state', () => {
    expect(parse({})).toEqual({
      activationId: 'a1',
      fingerprint: FINGERPRINT,
      phase: 'restored',
      why: 'it was  so',
      restarted: true,
      running: false,
    });
  });

  it.each([{ id: '../a1' }, { id: '' }, { fingerprint: 'AB' }, { phase: 'done' }])(
    'takes nothing with %j',
    (change) => {
      expect(parse(change)).toBeUndefined();
    },
  );
});

describe('parseSurroundings', () => {
  it('takes what a server says', () => {
    const said = `clock=1800000000\nhostname=pbx.northwind.test\nfree=1024\nup=yes\ncalls=3 active calls\nlive=yes\nstaged=${FINGERPRINT} x \n`;
    expect(
      parseSurroundings(`${said}activation.id=a1\nactivation.fingerprint=${FINGERPRINT}\nactivation.phase=proving\n`),
    ).toEqual({
      clock: 1_800_000_000,
      hostname: 'pbx.northwind.test',
      freeBytes: 1_048_576,
      serviceUp: true,
      activeCalls: 3,
      liveSetLoads: true,
      staged: [FINGERPRINT],
      activation: {
        activationId: 'a1',
        fingerprint: FINGERPRINT,
        phase: 'proving',
        why: undefined,
        restarted: false,
        running: false,
      },
    });
  });

  it('makes nothing of nonsense', () => {
    expect(
      parseSurroundings('clock=now\nfree=-1\nup=perhaps\ncalls=none\nlive=none\nhostname=\nstaged=../../etc\n'),
    ).toEqual({
      clock: undefined,
      hostname: undefined,
      freeBytes: 0,
      serviceUp: false,
      activeCalls: undefined,
      liveSetLoads: undefined,
      staged: [],
      activation: {
        activationId: undefined,
        fingerprint: undefined,
        phase: 'none',
        why: undefined,
        restarted: false,
        running: false,
      },
    });
  });
});
