// The order as the order system writes it, and the way from there into our form.

import { z } from '@hono/zod-openapi';
import { type BypassRequest, MAX_BYPASS_MS } from '../domain/bypass.ts';
import { parseHostname } from '../domain/dns-name.ts';
import { isMailAddress } from '../domain/mail-fields.ts';
import type { OrderRequest, Standby } from '../domain/order.ts';
import { judgePolicy } from '../domain/policy-judgement.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import {
  CONFIRMATIONS,
  EMERGENCIES,
  MAX_POSTPONEMENTS,
  WEEKDAYS,
  WHEN_CALLS_PERSIST,
  type WindowPolicy,
} from '../domain/restart-window.ts';
import { line } from './one-line.ts';
import { uploadBody } from './upload-schema.ts';

/** Default notice: two days, so that users can plan around a minute without InfinityOne. */
export const NOTICE_SECONDS = 48 * 3600;
export const MAX_NOTICE_SECONDS = 30 * 24 * 3600;

/** With the hostname ten names: what AWS Certificate Manager allows unless asked (https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html). */
export const MAX_ALTERNATIVE_NAMES = 9;

export const MAX_WINDOWS = 21;
export const MAX_FREEZES = 50;
export const MAX_CONTACTS = 20;

/** Site port of a fresh InfinityOne (E-MetroTel, InfinityOne - Prerequisites). */
export const SITE_PORT = 21326;

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is no time of day; write HH:MM, like 02:30');

const calendarDay = z.iso.date('is no day of the calendar; write YYYY-MM-DD, like 2027-12-24');

const weeklyWindow = z
  .strictObject({ day: z.enum(WEEKDAYS), start: clockTime, end: clockTime })
  .openapi('WeeklyWindow');

const freezeDates = z
  .strictObject({ from: calendarDay, to: calendarDay })
  .openapi('FreezeDates', { description: 'first and last day without a restart, in the zone of the policy' });

export const windowPolicyBody = z
  .strictObject({
    timeZone: line(60).openapi({ description: 'IANA zone', example: 'America/Toronto' }),
    windows: z
      .array(weeklyWindow)
      .min(1, 'needs one weekly window')
      .max(MAX_WINDOWS, `has more than ${MAX_WINDOWS} windows`),
    freezeDates: z.array(freezeDates).max(MAX_FREEZES, `has more than ${MAX_FREEZES} freezes`).default([]),
    minimumNoticeSeconds: z.int().min(0).max(MAX_NOTICE_SECONDS).default(NOTICE_SECONDS),
    confirmation: z.enum(CONFIRMATIONS).default('nobody'),
    maxActiveCalls: z.int().min(0).max(100_000).default(0),
    maxPostponements: z.int().min(0).max(MAX_POSTPONEMENTS).default(MAX_POSTPONEMENTS),
    emergency: z.enum(EMERGENCIES).default('ask'),
    whenCallsPersist: z.enum(WHEN_CALLS_PERSIST).default('postpone'),
    restartWhenServedAlready: z.boolean().default(true),
  })
  .openapi('WindowPolicy');

const NO_ADDRESS = 'is no e-mail address; write one plain address, like ana@customer.example';

const contact = z
  .strictObject({ name: line(200).optional(), email: z.email(NO_ADDRESS).refine(isMailAddress, NO_ADDRESS) })
  .openapi('Contact');

export const orderBody = z
  .strictObject({
    hostname: z
      .string()
      .max(1_000)
      .openapi({ description: 'full name of the UCx server', example: 'pbx.customer.example' }),
    alternativeNames: z
      .array(z.string().max(1_000))
      .max(MAX_ALTERNATIVE_NAMES, `has more than ${MAX_ALTERNATIVE_NAMES} names`)
      .optional()
      .openapi({ description: 'further names of the same server, in the certificate after the hostname' }),
    customer: line(200),
    publicIp: z.string().max(100).openapi({ description: 'public address of the server', example: '198.51.100.7' }),
    sitePort: z
      .int('is no whole number')
      .min(1, 'is no port; give 1 to 65535')
      .max(65_535, 'is no port; give 1 to 65535')
      .default(SITE_PORT),
    connectionProfile: line(60),
    contacts: z
      .array(contact)
      .min(1, 'needs somebody who can be told of the restart')
      .max(MAX_CONTACTS, `has more than ${MAX_CONTACTS} contacts`),
    windowPolicy: windowPolicyBody,
    inService: z.boolean().default(true).openapi({
      description: '`false`: nobody uses this server yet; its first restart needs no window and no notice',
    }),
    standby: z
      .strictObject({ publicIp: z.string().max(100), connectionProfile: line(60).optional() })
      .optional()
      .openapi({ description: 'the other node of a high-availability pair, whose cluster address is publicIp' }),
    bypass: z
      .strictObject({
        reason: line(200),
        until: z.iso.datetime({
          offset: true,
          error: 'is no moment; write ISO 8601 with a zone, like 2027-01-31T00:00:00Z',
        }),
      })
      .optional()
      .openapi({ description: '"Allow Invalid Self-Signed Certificates" is on for a trial: why, and until when' }),
    certificate: uploadBody.optional().openapi({
      description:
        'the customer’s own certificate with its key; left out, we obtain one. With it, authority and keyType say nothing',
    }),
    authority: line(60).optional(),
    keyType: z.enum(['rsa-2048', 'ec-p256']).default('rsa-2048'),
  })
  .openapi('OrderRequest');

export interface OrderRules {
  readonly authorities: readonly string[];
  readonly defaultAuthority: string;
  /** Answers the address in its one spelling, or fails with `address-not-public` naming the field. */
  readonly judgePublicIp: (text: string, field: string) => string;
  readonly now: Date;
}

/** What no schema can say: names, addresses, windows. Problems name the field, what was seen and what would be right. */
export function readOrder(body: z.infer<typeof orderBody>, rules: OrderRules): OrderRequest {
  const authority = body.authority ?? rules.defaultAuthority;
  if (!rules.authorities.includes(authority)) {
    throw new Problem(
      'bad-request',
      `authority ${quoted(authority)} is unknown; known: ${rules.authorities.join(', ')}`,
      {
        field: 'authority',
      },
    );
  }
  const hostname = parseHostname(body.hostname, 'hostname');
  const alternativeNames = readAlternativeNames(hostname, body.alternativeNames ?? []);
  const publicIp = rules.judgePublicIp(body.publicIp, 'publicIp');
  const windowPolicy = readPolicy(body.windowPolicy);
  judgePolicy(windowPolicy, rules.now, 'windowPolicy');
  const contacts = body.contacts.map(({ name, email }) => ({ name, email }));
  const names = alternativeNames.length === 0 ? undefined : alternativeNames;
  const { inService, bypass, standby, certificate: _, ...asked } = body;
  return {
    ...{ ...asked, hostname, alternativeNames: names, publicIp, authority, contacts, windowPolicy },
    ...(inService ? {} : { inService }),
    ...(standby === undefined ? {} : { standby: readStandby(standby, publicIp, rules) }),
    ...(bypass === undefined ? {} : { bypass: readBypass(bypass, rules.now) }),
  };
}

/** A pair has two nodes: its standby is reached by another address than the cluster's. */
function readStandby(standby: Standby, clusterIp: string, { judgePublicIp }: OrderRules): Standby {
  const field = 'standby.publicIp';
  const publicIp = judgePublicIp(standby.publicIp, field);
  if (publicIp !== clusterIp) return { ...standby, publicIp };
  throw new Problem('bad-request', `${field} ${quoted(publicIp)} is publicIp; give the standby’s own address`, {
    field,
  });
}

/** The end is a decision of whoever asks, and never far. */
function readBypass({ reason, until }: BypassRequest, now: Date): BypassRequest {
  const end = new Date(until);
  const days = MAX_BYPASS_MS / (24 * 3_600_000);
  if (end > now && end.getTime() <= now.getTime() + MAX_BYPASS_MS) return { reason, until: end.toISOString() };
  throw new Problem('bad-request', `bypass.until ${quoted(until)} must lie ahead, within ${days} days`, {
    field: 'bypass.until',
  });
}

/** What was left out, or might have been, is left out of our form: the same order stays the same when something more can be asked for. */
function readPolicy(body: z.infer<typeof windowPolicyBody>): WindowPolicy {
  const { freezeDates, maxPostponements, emergency, whenCallsPersist, restartWhenServedAlready, ...policy } = body;
  return {
    ...policy,
    ...(freezeDates.length === 0 ? {} : { freezeDates }),
    ...(maxPostponements === MAX_POSTPONEMENTS ? {} : { maxPostponements }),
    ...(emergency === 'ask' ? {} : { emergency }),
    ...(restartWhenServedAlready ? {} : { restartWhenServedAlready }),
    ...(whenCallsPersist === 'postpone' ? {} : { whenCallsPersist }),
  };
}

/** The policy with everything that was left out. */
export function viewPolicy(policy: WindowPolicy): z.infer<typeof windowPolicyBody> {
  const { windows, freezeDates = [], maxPostponements = MAX_POSTPONEMENTS, emergency = 'ask' } = policy;
  const { whenCallsPersist = 'postpone', restartWhenServedAlready = true } = policy;
  return {
    ...policy,
    windows: [...windows],
    freezeDates: [...freezeDates],
    maxPostponements,
    emergency,
    whenCallsPersist,
    restartWhenServedAlready,
  };
}

function readAlternativeNames(hostname: string, texts: readonly string[]): readonly string[] {
  const names = texts.map((text, i) => parseHostname(text, `alternativeNames.${i}`));
  names.forEach((name, i) => {
    if (name !== hostname && names.indexOf(name) === i) return;
    const field = `alternativeNames.${i}`;
    throw new Problem('bad-request', `${field} ${quoted(name)} is there already; give each name once`, { field });
  });
  return names;
}
