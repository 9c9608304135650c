// The arithmetic of the bench: medians, pairs in turn, so many at a time.

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atATime, interleaved, lineOf, median } from '../../bench/issue-measure.ts';

describe('median', () => {
  it.each([
    { values: [3], middle: 3 },
    { values: [9, 1, 5], middle: 5 },
    { values: [4, 100, 2, 1], middle: 3 },
    { values: [], middle: Number.NaN },
  ])('of $values is $middle', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });
});

describe('interleaved', () => {
  it('warms up once, then lets the one that begins change', async () => {
    const runs: string[] = [];
    const work = (who: string) => async () => void runs.push(who);
    await interleaved(3, work('ours'), work('peer'));
    expect(runs.join(' ')).toBe('ours peer ours peer peer ours ours peer');
  });
});

describe('atATime', () => {
  it('runs all, and no more at a time than it may', async () => {
    const seen: number[] = [];
    let running = 0;
    let most = 0;
    await atATime(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      seen.push(item);
    });
    expect([seen.toSorted(), most]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3]);
  });
});

describe('lineOf', () => {
  it('rounds what is measured, and small ratios less', () => {
    const beside = { name: 'one', n: 3, peer: 'lego' };
    expect(lineOf(beside, { ours: 1.26, peer: 1000.04, ratio: 0.001_26 }, { held: true })).toEqual({
      case: 'one',
      n: 3,
      oursMs: 1.3,
      peer: 'lego',
      peerMs: 1000,
      ratio: 0.0013,
      held: true,
    });
  });
});
