// The cut of a run is what a killed process would be.

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Cut, cutting } from './cutting.ts';

/** Two ports that write down what they do, one of which opens a third. */
function openWorld() {
  const effects: string[] = [];
  class Door {
    readonly #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    async knock(): Promise<string> {
      effects.push(`knock ${this.#name}`);
      return 'come in';
    }
  }
  const notes = {
    async add(text: string): Promise<number> {
      effects.push(`add ${text}`);
      return effects.length;
    },
    async refuse(): Promise<never> {
      effects.push('refuse');
      throw new Error('refused');
    },
    count: () => effects.length,
  };
  const doors = { open: async (name: string) => new Door(name) };
  return { effects, services: { notes, doors, now: () => new Date(0), limit: 7 } };
}

const known = { opens: ['doors.open'], through: ['notes.count'] };

async function run({ notes, doors }: ReturnType<typeof openWorld>['services'], ended: string[]): Promise<void> {
  try {
    await notes.add('a');
    await notes.refuse().catch(() => undefined);
    const door = await doors.open('front');
    await door.knock();
    await notes.add('b');
  } finally {
    ended.push('finally');
  }
}

async function runCut(cut: Pick<Cut, 'at' | 'where'>) {
  const { effects, services } = openWorld();
  const cutRun = cutting(services, { ...cut, ...known });
  const ended: string[] = [];
  const outcome = await Promise.race([run(cutRun.services, ended).then(() => 'ran to its end'), cutRun.whenCut]);
  await turn();
  return { effects: [...effects], ended, outcome, cutRun, services: cutRun.services };
}

describe('cutting', () => {
  it('counts the calls of a run it does not cut, and changes nothing in it', async () => {
    const { effects, ended, outcome, cutRun } = await runCut({ at: Number.POSITIVE_INFINITY, where: 'before' });
    expect(outcome).toBe('ran to its end');
    expect(effects).toEqual(['add a', 'refuse', 'knock front', 'add b']);
    expect(ended).toEqual(['finally']);
    expect(cutRun.callCount()).toBe(5);
    expect(cutRun.calls()).toEqual(['notes.add', 'notes.refuse', 'doors.open', 'doors.open.knock', 'notes.add']);
  });

  it.each([
    { at: 1, where: 'before', call: 'notes.add', expected: [] },
    { at: 1, where: 'after', call: 'notes.add', expected: ['add a'] },
    { at: 2, where: 'before', call: 'notes.refuse', expected: ['add a'] },
    { at: 2, where: 'after', call: 'notes.refuse', expected: ['add a', 'refuse'] },
    { at: 3, where: 'after', call: 'doors.open', expected: ['add a', 'refuse'] },
    { at: 4, where: 'before', call: 'doors.open.knock', expected: ['add a', 'refuse'] },
    { at: 4, where: 'after', call: 'doors.open.knock', expected: ['add a', 'refuse', 'knock front'] },
    { at: 5, where: 'after', call: 'notes.add', expected: ['add a', 'refuse', 'knock front', 'add b'] },
  ] as const)('stops the run $where call $at, and not even finally runs', async ({ at, where, call, expected }) => {
    const { effects, ended, outcome, cutRun } = await runCut({ at, where });
    expect(outcome).toEqual({ call });
    expect(effects).toEqual(expected);
    expect(ended).toEqual([]);
    expect(cutRun.callCount()).toBe(at);
  });

  it('gives later calls neither an effect nor an answer', async () => {
    const { effects, services } = openWorld();
    const cutRun = cutting(services, { at: 2, where: 'after', ...known });
    const door = await cutRun.services.doors.open('back');
    await Promise.race([cutRun.services.notes.add('last'), cutRun.whenCut]);

    const later = [cutRun.services.notes.add('late'), door.knock(), cutRun.services.notes.refuse()];
    const heard: string[] = [];
    for (const call of later) void call.finally(() => heard.push('settled'));
    await turn();
    expect(heard).toEqual([]);
    expect(effects).toEqual(['add last']);
    expect(cutRun.callCount()).toBe(2);
  });

  it('does not answer a call that was under way at the cut', async () => {
    const slow = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    const waits = { first: () => slow[0].promise, second: () => slow[1].promise };
    const cutRun = cutting({ waits, quick: { act: async () => 'done' } }, { at: 3, where: 'before' });
    const heard: string[] = [];
    const hear = () => heard.push('settled');
    void cutRun.services.waits.first().then(hear, hear);
    void cutRun.services.waits.second().then(hear, hear);
    void cutRun.services.quick.act();
    expect(await cutRun.whenCut).toEqual({ call: 'quick.act' });
    slow[0].resolve('late');
    slow[1].reject(new Error('late'));
    await turn();
    expect(heard).toEqual([]);
  });

  it('waits for the effect, and for calls made within it, before it cuts after it', async () => {
    const effects: string[] = [];
    const inner = { act: async () => void effects.push('inner') };
    const outer = {
      act: async (through: () => Promise<void>) => {
        await through();
        effects.push('outer');
      },
    };
    const cutRun = cutting({ inner, outer }, { at: 1, where: 'after' });
    void cutRun.services.outer.act(() => cutRun.services.inner.act());
    expect(await cutRun.whenCut).toEqual({ call: 'outer.act' });
    expect(effects).toEqual(['inner', 'outer']);
  });

  it('lets functions, plain values and what is named in `through` pass', async () => {
    const { services } = openWorld();
    const cutRun = cutting(services, { at: 1, where: 'before', ...known });
    void cutRun.services.notes.add('a');
    await cutRun.whenCut;
    expect(cutRun.services.now()).toEqual(new Date(0));
    expect(cutRun.services.limit).toBe(7);
    expect(cutRun.services.notes.count()).toBe(0);
  });

  it('asks for the name of a method that gives no promise', () => {
    const { services } = openWorld();
    const cutRun = cutting(services, { at: 9, where: 'before' });
    expect(() => cutRun.services.notes.count()).toThrow('"notes.count" gives no promise: name it in `through`');
  });
});
