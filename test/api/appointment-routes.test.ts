// What people do to a restart over HTTP: the change is kept, the waiting run is woken, and what cannot be is said with what can.

import { describe, expect, it } from 'vitest';
import { Problem } from '../../src/domain/problem.ts';
import { NUDGE_SHELF } from '../../src/workflows/change-appointment.ts';
import { ApiWorld, SOUTHWIND } from '../support/api-world.ts';

const acts = ['confirm', 'move', 'run-now', 'cancel'] as const;
type Act = (typeof acts)[number];

function act(world: ApiWorld, id: string, what: Act, ask: object = {}) {
  const body = what === 'move' ? { body: { opensAt: '2027-01-20T08:00:00Z' } } : {};
  return world.ask('POST', `/v1/appointments/${id}/${what}`, { ...body, ...ask });
}

describe('an appointment', () => {
  it('is confirmed', async () => {
    const world = new ApiWorld();
    const { id, orderId } = await world.waiting();
    const { status, json } = await act(world, id, 'confirm');
    expect([status, json]).toEqual([
      200,
      {
        id,
        orderId,
        hostname: 'pbx.northwind.test',
        state: 'confirmed',
        opensAt: '2027-01-13T07:00:00.000Z',
        closesAt: '2027-01-13T09:00:00.000Z',
        window: '2027-01-13 02:00 to 04:00 (America/Toronto)',
        confirmation: 'contact',
        postponements: 0,
        emergency: false,
        runNow: false,
        sequence: 0,
        toldAt: '2027-01-11T15:00:00.000Z',
        answers: [{ act: 'confirm', side: 'ops', at: '2027-01-11T15:00:00.000Z', by: 'api' }],
      },
    ]);
    expect((await world.keptAppointment(id)).state).toBe('confirmed');
  });

  it('is moved into another window, in whatever zone the moment is written', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const { status, json } = await act(world, id, 'move', { body: { opensAt: '2027-01-20T03:00:00-05:00' } });
    expect([status, json.state, json.window, json.sequence]).toEqual([
      200,
      'proposed',
      '2027-01-20 03:00 to 04:00 (America/Toronto)',
      1,
    ]);
  });

  it('is brought forward to now', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    expect((await act(world, id, 'run-now')).json).toMatchObject({
      state: 'confirmed',
      runNow: true,
      opensAt: '2027-01-11T15:00:00.000Z',
      closesAt: '2027-01-11T16:00:00.000Z',
    });
  });

  it('is cancelled', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    expect(await act(world, id, 'cancel')).toMatchObject({ status: 200, json: { state: 'cancelled', sequence: 1 } });
  });

  it.each(acts)('wakes its run after %s, and is on the shelf of the sweep until it has looked', async (what) => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    await act(world, id, what);
    expect(world.executions.woken).toEqual(['callback-1']);
    const shelf = await world.inventory.listMarked('due', NUDGE_SHELF, { limit: 10, order: 'oldest-first' });
    expect(shelf.items.map((item) => item.key.sort)).toEqual([id]);
  });

  it.each(acts)('is changed by %s also when nobody can be woken, or nobody waits yet', async (what) => {
    const away = new ApiWorld();
    const { id } = await away.waiting();
    away.executions.trouble = new Error('away');
    expect((await act(away, id, what)).status).toBe(200);
    expect(away.log.lines().map((line) => line.level)).toEqual(['warn']);

    const early = new ApiWorld();
    const young = await early.waiting({ callbackId: undefined });
    expect((await act(early, young.id, what)).status).toBe(200);
    expect(early.executions.woken).toEqual([]);
  });

  it.each(['confirm', 'run-now', 'cancel'] as const)('stays as it is after a second %s', async (what) => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const first = await act(world, id, what);
    world.inventory.writes.length = 0;
    const second = await act(world, id, what);
    expect([second.status, second.json]).toEqual([200, first.json]);
    expect(world.inventory.writes).toEqual([]);
  });

  it.each(
    acts.flatMap((what) => (['open', 'done', 'rolled-back', 'missed'] as const).map((state) => ({ what, state }))),
  )('that is $state cannot be changed any more ($what)', async ({ what, state }) => {
    const world = new ApiWorld();
    const { id } = await world.waiting({ state });
    const answer = await act(world, id, what);
    expect(answer).toMatchObject({
      status: 409,
      json: { code: 'appointment-closed', detail: `appointment "${id}" is ${state} and can no longer be changed` },
    });
    expect([world.inventory.writes, world.executions.woken]).toEqual([[], []]);
  });

  it.each(acts)('of another partner is not there (%s)', async (what) => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const answer = await act(world, id, what, { partner: SOUTHWIND });
    expect(answer).toMatchObject({ status: 404, json: { code: 'not-found', detail: `no appointment "${id}"` } });
    expect([world.inventory.writes, world.executions.woken]).toEqual([[], []]);
  });

  it('that somebody else changed at the same moment is to be looked at again', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const changed = new Problem('item-changed', 'item is not at version 1');
    world.inventory.replace = () => Promise.reject(changed);
    expect(await act(world, id, 'confirm')).toMatchObject({
      status: 409,
      json: { code: 'appointment-changed', detail: `appointment "${id}" changed just now; look at it and try again` },
    });
    expect(world.executions.woken).toEqual([]);
  });

  it('is made all the same when the run noted its callback at that moment', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const replace = world.inventory.replace.bind(world.inventory);
    let attempts = 0;
    world.inventory.replace = (...given) => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new Problem('item-changed', 'item is not at version 1'))
        : replace(...given);
    };
    expect(await act(world, id, 'confirm')).toMatchObject({ status: 200, json: { state: 'confirmed' } });
    expect(attempts).toBe(2);
  });

  it('does not call it a change when the inventory is away', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const away = Object.assign(new Error('no answer'), { name: 'inventory-unavailable' });
    world.inventory.replace = () => Promise.reject(away);
    expect(await act(world, id, 'confirm')).toMatchObject({ status: 503, json: { code: 'inventory-unavailable' } });
  });
});

describe('a move', () => {
  it.each([
    { to: 'no window', opensAt: '2027-01-14T12:00:00Z', says: 'lies in no restart window of this server' },
    { to: 'too soon', opensAt: '2027-01-11T15:00:01Z', says: 'lies in no restart window' },
    { to: 'the end of a window', opensAt: '2027-01-13T08:55:00Z', says: 'is too near the end of its window' },
    { to: 'far ahead', opensAt: '2028-01-12T07:30:00Z', says: 'is more than 45 days ahead' },
    {
      to: 'after the last safe date',
      opensAt: '2027-01-27T07:30:00Z',
      says: 'is after the last safe date 2027-01-21T00:00:00.000Z',
    },
  ])('to $to is refused with moments that fit', async ({ opensAt, says }) => {
    const world = new ApiWorld();
    const { id } = await world.waiting(says.includes('last safe') ? { lastSafeAt: '2027-01-21T00:00:00.000Z' } : {});
    const answer = await act(world, id, 'move', { body: { opensAt } });
    expect(answer).toMatchObject({ status: 422, json: { code: 'window-too-late', field: 'opensAt' } });
    expect(answer.json.detail).toContain(says);
    const offers: string[] = answer.json.detail.split('these fit: ')[1].split(', ');
    expect(offers.slice(0, 2)).toEqual(['2027-01-13T07:00:00.000Z', '2027-01-20T07:00:00.000Z']);
    expect(world.inventory.writes).toEqual([]);
    expect((await act(world, id, 'move', { body: { opensAt: offers[0] } })).status).toBe(200);
  });

  it('that leaves too little notice is refused', async () => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    world.now = new Date('2027-01-12T08:00:00Z');
    const answer = await act(world, id, 'move', { body: { opensAt: '2027-01-13T08:00:00Z' } });
    expect(answer.json.detail).toContain('leaves less than the notice of 86400 seconds');
  });

  it.each([
    { body: {}, field: 'opensAt', says: 'is no moment; write ISO 8601 with a zone' },
    { body: { opensAt: 'tomorrow' }, field: 'opensAt', says: 'is no moment' },
    { body: { opensAt: '2027-01-20T08:00:00' }, field: 'opensAt', says: 'with a zone' },
    { body: { opensAt: '2027-02-30T08:00:00Z' }, field: 'opensAt', says: 'is no moment' },
    { body: { opensAt: 1_800_000_000 }, field: 'opensAt', says: 'is no moment' },
    { body: { opensAt: '2027-01-20T08:00:00Z', force: true }, field: 'force', says: 'is not a field' },
  ])('to $body is a bad request', async ({ body, field, says }) => {
    const world = new ApiWorld();
    const { id } = await world.waiting();
    const answer = await act(world, id, 'move', { body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field } });
    expect(answer.json.detail).toContain(says);
    expect(world.inventory.writes).toEqual([]);
  });
});
