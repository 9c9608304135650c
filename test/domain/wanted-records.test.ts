// Which records a customer is asked for: exactly those that are missing, with what is seen instead.

import { describe, expect, it } from 'vitest';
import { decideCaa } from '../../src/domain/caa.ts';
import {
  describeWantedRecords,
  isAwaited,
  type NameOutside,
  type OutsideView,
  planWantedRecords,
  type RecordsSeen,
  shownSeen,
  type WantedRecord,
  zoneLine,
} from '../../src/domain/wanted-records.ts';

const NAME = 'pbx.customer.example';
const TARGET = `${NAME}.challenges.emetrotel.example`;
const found = (...values: readonly string[]): RecordsSeen => ({ kind: 'found', values });
const silent: RecordsSeen = { kind: 'unknown', why: 'no server answers' };

const outside = (change: Partial<NameOutside> = {}): NameOutside => ({
  name: NAME,
  proof: 'ours',
  missingCaa: undefined,
  ...change,
});
const view = (change: Partial<OutsideView> = {}): OutsideView => ({
  hostname: NAME,
  publicIp: '20.30.40.50',
  address: found('20.30.40.50'),
  names: [outside()],
  delegationZone: 'challenges.emetrotel.example',
  reason: 'provision',
  ...change,
});

const CAA = decideCaa({
  name: NAME,
  records: [{ flags: 0, tag: 'issue', value: 'other.example' }],
  foundAt: 'customer.example',
  caaIdentities: ['letsencrypt.org'],
  accountUrl: undefined,
  method: 'dns-01',
});
const missingCaa = CAA.verdict === 'forbidden' ? CAA.missing : undefined;

const said = (record: WantedRecord) =>
  `${record.where} ${zoneLine(record)} ${record.required ? 'needed' : 'advice'}, now ${shownSeen(record)}`;
const A = `public ${NAME}. A 20.30.40.50`;
const CNAME = `public _acme-challenge.${NAME}. CNAME ${TARGET}. needed`;
const LAN = `lan ${NAME}. A the inner address of the server advice, now nothing`;

describe('the records wanted', () => {
  it.each([
    { when: 'all is right', given: {}, expected: [] },
    {
      when: 'other addresses stand beside ours',
      given: { address: found('20.30.40.51', '20.30.40.50') },
      expected: [],
    },
    {
      when: 'ours is spelt another way',
      given: { publicIp: '2600::1', address: found('2600:0:0::1') },
      expected: [],
    },
    {
      when: 'the hostname lies in a zone of ours',
      given: { address: undefined, names: [outside({ proof: found() })] },
      expected: [`${CNAME}, now nothing`],
    },
    {
      when: 'nothing is set',
      given: { address: found(), names: [outside({ proof: found() })] },
      expected: [`${A} needed, now nothing`, `${CNAME}, now nothing`, LAN],
    },
    {
      when: 'the address is another',
      given: { address: found('20.30.40.99') },
      expected: [`${A} needed, now 20.30.40.99`, LAN],
    },
    {
      when: 'nobody says the address',
      given: { address: silent },
      expected: [`${A} needed, now not to be seen: no server answers`, LAN],
    },
    {
      when: 'the address of a renewal is another',
      given: { reason: 'renew', address: found('20.30.40.99') },
      expected: [`${A} advice, now 20.30.40.99`, LAN],
    },
    {
      when: 'the server has IPv6',
      given: { publicIp: '2600::1', address: found() },
      expected: [`public ${NAME}. AAAA 2600::1 needed, now nothing`, LAN],
    },
    {
      when: 'the challenge leads elsewhere',
      given: { names: [outside({ proof: found('else.example') })] },
      expected: [`${CNAME}, now else.example`, LAN],
    },
    {
      when: 'CAA names another authority',
      given: { names: [outside({ missingCaa })] },
      expected: ['public customer.example. CAA 0 issue "letsencrypt.org" needed, now issue other.example', LAN],
    },
    {
      when: 'two names want the same CAA',
      given: { names: [outside({ missingCaa }), outside({ name: 'sip.customer.example', missingCaa })] },
      expected: ['public customer.example. CAA 0 issue "letsencrypt.org" needed, now issue other.example', LAN],
    },
  ] as const satisfies readonly { when: string; given: Partial<OutsideView>; expected: readonly string[] }[])(
    'are these when $when',
    ({ given, expected }) => {
      const records = planWantedRecords(view(given));
      expect(records.map(said)).toEqual(expected);
      expect(isAwaited(records)).toBe(expected.some((line) => line.includes('needed')));
    },
  );

  it('show of what stands there a few values, each short and in one line', () => {
    const hostile = ['a\r\nBcc: x', ...Array.from({ length: 20 }, (_, i) => `${i}`.repeat(1_000))];
    const [record] = planWantedRecords(view({ names: [outside({ proof: found(...hostile) })] }));
    expect(record?.seen).toHaveLength(5);
    expect(record?.seen.every((value) => value.length <= 255 && !/[\r\n]/.test(value))).toBe(true);
  });

  it('are written for a mail as a person types them, what is needed first', () => {
    const records = planWantedRecords(
      view({ reason: 'renew', address: found(), names: [outside({ proof: found() })] }),
    );
    expect(describeWantedRecords(records)).toEqual([
      '',
      `  _acme-challenge.${NAME}. CNAME ${TARGET}.`,
      expect.stringMatching(/^ {4}needed: it lets us prove/),
      '    now there: nothing',
      '',
      `  ${NAME}. A 20.30.40.50`,
      expect.stringMatching(/^ {4}advice: phones/),
      '    now there: nothing',
      '',
      `  inside the LAN: ${NAME} should answer with the inner address of the server`,
      expect.stringMatching(/^ {4}advice: where the LAN/),
    ]);
  });
});
