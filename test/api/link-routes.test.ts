// The pages behind links in mails: reading changes nothing, a button acts once, and a link is good for its own appointment alone.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Appointment } from '../../src/domain/appointment.ts';
import { signLink } from '../../src/domain/appointment-link.ts';
import { recipientKey } from '../../src/domain/inventory-key.ts';
import type { NoticeKind } from '../../src/domain/notice.ts';
import { noticeLink } from '../../src/steps/notice-link.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';
import { LINK_KEY } from '../support/order-world.ts';

const ANA = 'ana@northwind.test';
const OPS = 'ops@emetrotel.test';
const FORM = { 'content-type': 'application/x-www-form-urlencoded', authorization: undefined };
const BARE = { authorization: undefined };

let world: ApiWorld;
let appointment: Appointment;

/** The path of the link that person got with that notice. */
async function linkTo(to: string, kind: NoticeKind = 'restart-announced', of: Appointment = appointment, number = 0) {
  const services = {
    linkKeys: { list: async () => [LINK_KEY] as const },
    settings: {
      opsAddresses: [OPS],
      linkBase: '',
      profiles: {},
      roots: [],
      grants: {},
      mailDomain: '',
      mailAddress: '',
    },
  };
  const url = await noticeLink({ kind, to, appointment: of, number }, services);
  if (url === undefined) throw new Error(`no link in ${kind}`);
  return url;
}

const kept = () => world.keptAppointment(appointment.id);

const press = (path: string, form: string) => world.ask('POST', path, { raw: form, headers: FORM });
const show = (path: string) => world.ask('GET', path, { headers: BARE });

async function begin(change: Partial<Appointment> = {}): Promise<void> {
  world = new ApiWorld();
  const { id } = await world.waiting(change);
  appointment = await world.keptAppointment(id);
}

beforeEach(() => begin());

describe('the page of a link', () => {
  it('shows this appointment, what it means and what can be said to it, to anybody who holds the link', async () => {
    const { status, text, headers } = await show(await linkTo(ANA));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).toContain('<h1>InfinityOne restart on pbx.northwind.test</h1>');
    expect(text).toContain('2027-01-13 02:00 to 04:00 (America/Toronto)');
    expect(text).toContain('is not before somebody of the customer says yes.');
    expect(text.match(/name="act" value="[a-z-]+"/g)).toEqual([
      'name="act" value="confirm"',
      'name="act" value="move"',
      'name="act" value="cancel"',
      'name="act" value="run-now"',
    ]);
    expect(text.match(/type="radio" name="opensAt" value="[^"]+"/g)?.[0]).toContain('2027-01-');
    expect(text).toContain('Wednesday 2027-01-20 02:00 (America/Toronto)');
    expect(text).not.toContain(ANA);
  });

  it('tells nobody else: not the next page, not a cache, not a frame, not a log; it runs and fetches nothing', async () => {
    const { headers, text } = await show(await linkTo(ANA));
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toBe('noindex, nofollow');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(text).not.toMatch(/<(?:a|img|link|script|iframe|object|base)\b|url\(|@import|https?:|\bon\w+=|src=|href=/i);
    expect(JSON.stringify(world.log)).not.toContain('/a/1.');
  });

  it('changes nothing by being read, however often and with whatever method scanners use', async () => {
    const path = await linkTo(ANA);
    const writes = world.inventory.writes.length;
    for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS', 'GET', 'PUT', 'DELETE'])
      await world.ask(method, path, { headers: BARE });
    await show(`${path}?act=confirm`);
    expect(world.inventory.writes.length).toBe(writes);
    expect(await kept()).toEqual(appointment);
  });
});

describe('a button', () => {
  it('says yes, once, and wakes the run; the page then says so and offers nothing more', async () => {
    const path = await linkTo(ANA);
    const pressed = await press(path, 'act=confirm');
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, path]);
    expect(await kept()).toMatchObject({
      state: 'confirmed',
      answers: [{ act: 'confirm', side: 'contact', sequence: 0, at: BEGIN.toISOString() }],
    });
    const { text } = await show(path);
    expect(text).toContain('is confirmed.');
    expect(text).toContain('This link was used to say yes, Monday 2027-01-11 10:00 (America/Toronto).');
    expect(text).not.toContain('<form');
    const again = await press(path, 'act=cancel');
    expect([again.status, (await kept()).state]).toEqual([409, 'confirmed']);
    expect(again.text).toContain('has been used; each is good for one answer.');
  });

  it('cancels after a yes with the link of a reminder, which is another one', async () => {
    await press(await linkTo(ANA), 'act=confirm');
    const { status } = await press(await linkTo(ANA, 'restart-reminder', appointment, 1), 'act=cancel');
    expect([status, (await kept()).state]).toEqual([303, 'cancelled']);
  });

  it('moves it to a moment the page offers, and to no other', async () => {
    const path = await linkTo(ANA);
    const refused = await press(path, 'act=move&opensAt=2027-01-14T12:00:00Z');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(
      'role="alert"><strong>Not done:</strong> opensAt 2027-01-14T12:00:00.000Z lies in no restart window',
    );
    expect(refused.text).toContain('type="radio"');
    const offer = /name="opensAt" value="([^"]+)"> Wednesday 2027-01-20/.exec(refused.text)?.[1] ?? '';
    expect((await press(path, new URLSearchParams({ act: 'move', opensAt: offer }).toString())).status).toBe(303);
    expect(await kept()).toMatchObject({ opensAt: '2027-01-20T07:00:00.000Z', sequence: 1, state: 'proposed' });
  });

  it('is worth nothing after the restart was changed: the page shows how it stands and where to answer', async () => {
    const [anas, opss] = [await linkTo(ANA), await linkTo(OPS)];
    await press(opss, 'act=move&opensAt=2027-01-20T07:00:00Z');
    const late = await press(anas, 'act=cancel');
    expect([late.status, (await kept()).state]).toEqual([409, 'proposed']);
    const { text } = await show(anas);
    expect(text).toContain('2027-01-20 02:00');
    expect(text).toContain('use the link of the latest mail.');
    expect(text).not.toContain('<form');
  });

  it.each(['', 'act=', 'act=delete', 'act=move', 'act=move&opensAt=soon', '{"act":"confirm"}'])(
    'that is none of the page (%j) does nothing',
    async (form) => {
      expect((await press(await linkTo(ANA), form)).status).toBe(400);
      expect(await kept()).toEqual(appointment);
    },
  );

  it('of another content type, or of more than a form, does nothing', async () => {
    const path = await linkTo(ANA);
    const json = await world.ask('POST', path, { body: { act: 'confirm' }, headers: BARE });
    const long = await press(path, `act=confirm&x=${'y'.repeat(5_000)}`);
    expect([json.status, long.status]).toEqual([400, 413]);
    expect(await kept()).toEqual(appointment);
  });
});

describe('who may say yes', () => {
  it('is E-MetroTel alone where the policy says so: a contact may move and cancel, but neither confirm nor bring forward', async () => {
    await begin({ confirmation: 'ops' });
    const [anas, opss] = [await linkTo(ANA), await linkTo(OPS)];
    const { text } = await show(anas);
    expect(text.match(/value="(?:confirm|run-now)"/g)).toBeNull();
    expect((await press(anas, 'act=confirm')).status).toBe(400);
    expect((await press(anas, 'act=run-now')).status).toBe(400);
    expect(await kept()).toEqual(appointment);
    expect((await press(opss, 'act=confirm')).status).toBe(303);
    expect(await kept()).toMatchObject({ state: 'confirmed', answers: [{ side: 'ops' }] });
  });

  it('is kept over the API too: without a scope of our own people, nobody confirms for E-MetroTel', async () => {
    await begin({ confirmation: 'ops' });
    const ask = (act: string, scopes: readonly ('appointments:write' | 'servers:admin')[]) =>
      world.ask('POST', `/v1/appointments/${appointment.id}/${act}`, { scopes });
    for (const act of ['confirm', 'run-now']) {
      const refused = await ask(act, ['appointments:write']);
      expect([refused.status, refused.json.code]).toEqual([403, 'confirmation-not-yours']);
    }
    expect((await ask('confirm', ['appointments:write', 'servers:admin'])).status).toBe(200);
    expect(await kept()).toMatchObject({ state: 'confirmed', answers: [{ act: 'confirm', side: 'ops' }] });
  });
});

describe('a link of nobody', () => {
  it('forged, over, of another partner or of nothing is one and the same page', async () => {
    const good = {
      partner: NORTHWIND,
      appointmentId: appointment.id,
      sequence: 0,
      side: 'contact',
      recipient: recipientKey(ANA),
      notice: 'restart-announced.0',
      acts: ['confirm'],
      expires: BEGIN.getTime() / 1000 + 60,
    } as const;
    const path = (change: object, key = LINK_KEY) => `/a/${signLink({ ...good, ...change }, key)}`;
    const wrong = [
      path({}, new Uint8Array(32).fill(8)),
      path({ expires: BEGIN.getTime() / 1000 }),
      path({ partner: SOUTHWIND }),
      path({ appointmentId: `${appointment.id}0` }),
      '/a/1.e30.AAAA',
      '/a/x',
    ];
    const texts = new Set<string>();
    for (const one of wrong) {
      const [shown, pressed] = [await show(one), await press(one, 'act=confirm')];
      expect([shown.status, pressed.status], one).toEqual([404, 404]);
      texts.add(shown.text).add(pressed.text);
    }
    expect(texts.size).toBe(1);
    expect((await show(path({}))).status).toBe(200);
    expect(await kept()).toEqual(appointment);
  });
});
