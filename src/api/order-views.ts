// What callers see of orders, appointments and servers: our records without what is only ours.

import { z } from '@hono/zod-openapi';
import { type Appointment, postponementsOf } from '../domain/appointment.ts';
import { type Bypass, isOverdue } from '../domain/bypass.ts';
import type { Certificate } from '../domain/certificate.ts';
import { MAX_COMMON_NAME } from '../domain/dns-name.ts';
import { describeWindow } from '../domain/notice.ts';
import { type Order, REVOCATION_REASONS } from '../domain/order.ts';
import { CONFIRMATIONS } from '../domain/restart-window.ts';
import { isSshStopped, type Server, type SshGuard } from '../domain/server.ts';
import type { TimelineEntry } from '../steps/records.ts';
import { certificateView, viewCertificate } from './certificate-view.ts';
import { windowPolicyBody } from './order-schema.ts';

const moment = z.string().openapi({ format: 'date-time' });
const problemView = z.object({ code: z.string(), message: z.string(), step: z.string() });

export const appointmentView = z
  .object({
    id: z.string(),
    orderId: z.string(),
    hostname: z.string(),
    state: z.enum(['proposed', 'announced', 'confirmed', 'open', 'done', 'rolled-back', 'missed', 'cancelled']),
    opensAt: moment,
    closesAt: moment,
    window: z.string().openapi({ description: 'the same in the customer’s zone, for people' }),
    lastSafeAt: moment.optional(),
    confirmation: z.enum(CONFIRMATIONS),
    postponements: z.int().openapi({ description: 'how often it was missed or moved so far' }),
    runNow: z.boolean(),
    emergency: z.boolean().openapi({ description: 'outside of windows, because none was left in time' }),
    sequence: z.int(),
    toldAt: moment.optional(),
    answers: z
      .array(
        z.object({
          act: z.enum(['confirm', 'move', 'cancel', 'run-now', 'done']),
          side: z.enum(['contact', 'ops']).openapi({ description: 'a contact’s yes, or E-MetroTel’s own' }),
          at: moment,
          by: z.enum(['link', 'api']),
        }),
      )
      .optional()
      .openapi({ description: 'what people have said to it, oldest first' }),
    why: z.string().optional(),
  })
  .openapi('Appointment');

export const wantedRecordView = z
  .object({
    name: z.string(),
    type: z.enum(['A', 'AAAA', 'CNAME', 'CAA']),
    value: z.string(),
    where: z.enum(['public', 'lan']).openapi({ description: '`lan`: in the name server inside the network' }),
    required: z.boolean().openapi({ description: 'the order waits for it; else it is advice' }),
    why: z.string(),
    seen: z.array(z.string()).openapi({ description: 'what stands there now' }),
    unseen: z.string().optional().openapi({ description: 'why nothing could be seen' }),
  })
  .openapi('WantedRecord');

export const orderView = z
  .object({
    id: z.string(),
    state: z.enum([
      'accepted',
      'working',
      'awaiting-dns',
      'web-served',
      'awaiting-window',
      'activating',
      'done',
      'needs-attention',
      'cancelled',
    ]),
    reason: z.string(),
    hostname: z.string(),
    alternativeNames: z.array(z.string()).optional(),
    customer: z.string(),
    publicIp: z.string(),
    sitePort: z.int(),
    connectionProfile: z.string(),
    authority: z.string(),
    keyType: z.string(),
    inService: z.boolean().optional().openapi({ description: '`false`: nobody uses the server yet, says the order' }),
    createdAt: moment,
    closedAt: moment.optional(),
    warnings: z.array(z.string()),
    problem: problemView.optional(),
    wantedRecords: z.array(wantedRecordView).optional(),
    fingerprint: z.string().optional().openapi({ description: 'SHA-256 of the leaf, lower hex' }),
    appointmentId: z.string().optional(),
    revocation: z
      .object({ reason: z.enum(REVOCATION_REASONS), askedAt: moment, revokedAt: moment.optional() })
      .optional(),
  })
  .openapi('Order');

export const timelineView = z
  .object({
    step: z.string(),
    visit: z.int(),
    state: z.enum(['running', 'waiting', 'done', 'problem']),
    startedAt: moment,
    endedAt: moment.optional(),
    attempts: z.int(),
    summary: z.string().optional(),
    problem: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .openapi('TimelineEntry');

export const noticeView = z
  .object({
    kind: z.string(),
    to: z.string(),
    subject: z.string(),
    messageId: z.string(),
    deliveredAt: moment.optional(),
    bouncedAt: moment.optional().openapi({ description: 'taken over, and it came back: not told by it' }),
    complainedAt: moment.optional().openapi({ description: 'called unwanted by whoever got it' }),
  })
  .openapi('Notice');

export const orderDetailView = orderView
  .extend({
    contacts: z.array(z.object({ name: z.string().optional(), email: z.string() })),
    windowPolicy: windowPolicyBody,
    appointment: appointmentView.optional(),
    timeline: z.array(timelineView),
    notices: z.array(noticeView),
  })
  .openapi('OrderDetail');

const bypassView = z
  .object({
    state: z.enum(['open', 'overdue', 'to-switch-off', 'off']),
    reason: z.string(),
    since: moment,
    until: moment,
    offAt: moment.optional(),
  })
  .openapi({ description: '"Allow Invalid Self-Signed Certificates", as an order carried it' });

const servedView = z.object({
  fingerprint: z.string(),
  notBefore: moment,
  notAfter: moment,
  issuer: z.string(),
  trusted: z.boolean(),
  seenAt: moment,
  vantage: z.enum(['inside', 'outside']),
});

export const serverView = z
  .object({
    hostname: z.string(),
    customer: z.string(),
    publicIp: z.string(),
    sitePort: z.int(),
    connectionProfile: z.string(),
    hostKey: z.string().optional(),
    sshStopped: z.boolean(),
    openOrderId: z.string().optional(),
    staged: z.object({ fingerprint: z.string(), at: moment }).optional(),
    served: servedView.optional(),
    web: servedView.optional().openapi({ description: 'what Apache on the same files serves' }),
    names: z
      .object({
        seenAt: moment,
        findings: z.array(
          z.object({
            code: z.string(),
            kind: z.enum(['differs', 'unread']).openapi({ description: '`unread`: could not be looked at' }),
            seen: z.string().optional(),
            wanted: z.string(),
            sentence: z.string(),
            remedy: z.string(),
          }),
        ),
      })
      .optional()
      .openapi({
        description: 'the hostname of the UCx, its Site URL and the certificate’s name; no findings: they are one',
      }),
    bypass: bypassView.optional(),
    certificate: certificateView.optional(),
  })
  .openapi('Server');

export function viewOrder(order: Order): z.infer<typeof orderView> {
  const { id, state, reason, createdAt, closedAt, problem, fingerprint, appointmentId, revocation } = order;
  const { hostname, customer, publicIp, sitePort, connectionProfile, authority, keyType } = order.request;
  const warnings = [...longNameWarning(hostname), ...order.warnings];
  const alternativeNames = order.request.alternativeNames && [...order.request.alternativeNames];
  return {
    ...{ id, state, reason, hostname, alternativeNames, customer, publicIp, sitePort, connectionProfile },
    ...{ authority, keyType, inService: order.request.inService },
    ...{ createdAt, closedAt, warnings, problem, fingerprint, appointmentId, revocation },
    wantedRecords: order.wantedRecords?.map((record) => ({ ...record, seen: [...record.seen] })),
  };
}

export function viewAppointment(appointment: Appointment, timeZone: string): z.infer<typeof appointmentView> {
  const { id, orderId, hostname, state, opensAt, closesAt, lastSafeAt, confirmation, runNow, sequence, toldAt, why } =
    appointment;
  const window = describeWindow(appointment, timeZone);
  return {
    id,
    orderId,
    hostname,
    state,
    opensAt,
    closesAt,
    window,
    lastSafeAt,
    confirmation,
    postponements: postponementsOf(appointment),
    runNow,
    emergency: appointment.emergency === true,
    sequence,
    toldAt,
    answers: appointment.answers?.map(({ act, side, at, link }) => ({
      ...{ act, side, at },
      by: link === undefined ? ('api' as const) : ('link' as const),
    })),
    why,
  };
}

export function viewTimeline(entries: readonly TimelineEntry[]): z.infer<typeof timelineView>[] {
  return [...entries].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

export interface ServerRecords {
  readonly server: Server;
  readonly guard: SshGuard | undefined;
  readonly certificate: Certificate | undefined;
  readonly bypass?: Bypass | undefined;
}

export function viewServer(
  { server, guard, certificate, bypass }: ServerRecords,
  now: Date,
): z.infer<typeof serverView> {
  const { hostname, customer, publicIp, sitePort, connectionProfile, hostKey, openOrderId, staged, served, names } =
    server;
  const sshStopped = isSshStopped(guard);
  return {
    hostname,
    customer,
    publicIp,
    sitePort,
    connectionProfile,
    hostKey,
    sshStopped,
    openOrderId,
    staged,
    served,
    web: server.web,
    names: names && { seenAt: names.seenAt, findings: names.findings.map((finding) => ({ ...finding })) },
    bypass: bypass && viewBypass(bypass, now),
    certificate: certificate && viewCertificate(certificate, now),
  };
}

function viewBypass(bypass: Bypass, now: Date): z.infer<typeof bypassView> {
  const { reason, since, until, offAt, neededUntil } = bypass;
  const open = isOverdue(bypass, now) ? 'overdue' : 'open';
  const state = offAt !== undefined ? 'off' : neededUntil !== undefined ? 'to-switch-off' : open;
  return { state, reason, since, until, offAt };
}

/** RFC 5280, A.1: a longer name cannot be a common name; clients that read only that will not know the server. */
function longNameWarning(hostname: string): readonly string[] {
  if (hostname.length <= MAX_COMMON_NAME) return [];
  return [
    `hostname has ${hostname.length} characters; over ${MAX_COMMON_NAME} the certificate carries it as a SAN only, without a common name`,
  ];
}
