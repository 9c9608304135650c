// What is gathered before work begins, and what waits for the next time.

import { describe, expect, it } from 'vitest';
import { GatheredWork } from '../../../src/adapters/aws/gathered-work.ts';

/** Time passes when the test says so: each `pass` ends all pauses that have begun. */
function open({ longestMs = 1_000 }: { readonly longestMs?: number } = {}) {
  const done: string[][] = [];
  const pauses: { ms: number; end: () => void }[] = [];
  const works: PromiseWithResolvers<void>[] = [];
  const gathered = new GatheredWork<string>({
    quietMs: 100,
    longestMs,
    restMs: 700,
    pause: (ms) => new Promise((end) => pauses.push({ ms, end })),
    work: (items) => {
      done.push([...items]);
      const work = Promise.withResolvers<void>();
      works.push(work);
      return work.promise;
    },
  });
  const calm = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async () => {
    await calm();
    for (const { end } of pauses.splice(0)) end();
    await calm();
  };
  return { gathered, done, pauses, works, pass, calm };
}

describe('gathered work', () => {
  it('begins when nothing new has come for four looks, with all there is', async () => {
    const { gathered, done, pass } = open();
    void gathered.add('a');
    await pass();
    void gathered.add('b');
    for (let look = 0; look < 3; look += 1) await pass();
    expect(done).toEqual([]);
    await pass();
    expect(done).toEqual([['a', 'b']]);
  });

  it('begins when it has waited long enough, though more keeps coming', async () => {
    const { gathered, done, pass } = open({ longestMs: 200 });
    for (let look = 0; look < 8; look += 1) {
      void gathered.add(String(look));
      expect(done).toEqual([]);
      await pass();
    }
    expect(done).toEqual([['0', '1', '2', '3', '4', '5', '6', '7']]);
  });

  it('does one thing after the other, and what comes meanwhile together', async () => {
    const { gathered, done, works, pass, calm } = open();
    const first = gathered.add('a');
    for (let look = 0; look < 4; look += 1) await pass();
    const second = gathered.add('b');
    void gathered.add('c');
    for (let look = 0; look < 6; look += 1) await pass();
    expect(done).toEqual([['a']]);
    works[0]?.resolve();
    await first;
    for (let look = 0; look < 4; look += 1) await pass();
    expect(done).toEqual([['a'], ['b', 'c']]);
    works[1]?.resolve();
    await second;
    await calm();
  });

  it('rests after several, not after one', async () => {
    const { gathered, pauses, pass } = open();
    void gathered.add('a');
    for (let look = 0; look < 4; look += 1) await pass();
    expect(pauses).toEqual([]);
    const other = open();
    void other.gathered.add('a');
    void other.gathered.add('b');
    for (let look = 0; look < 4; look += 1) await other.pass();
    expect(other.pauses.map(({ ms }) => ms)).toEqual([700]);
  });

  it('fails for all that went together, and works again the next time', async () => {
    const { gathered, done, works, pass } = open();
    const failed = Promise.allSettled([gathered.add('a'), gathered.add('b')]);
    for (let look = 0; look < 4; look += 1) await pass();
    works[0]?.reject(new Error('no'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = gathered.add('c');
    for (let look = 0; look < 6; look += 1) await pass();
    works[1]?.resolve();
    await again;
    expect(done).toEqual([['a', 'b'], ['c']]);
  });
});
