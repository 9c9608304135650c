// What we tell people, in their zone and in plain words.

import { Temporal } from 'temporal-polyfill';
import type { Appointment } from './appointment.ts';
import { pageAsHtml } from './notice-html.ts';
import { type NoticePage, pageAsText } from './notice-page.ts';
import { wordsFor } from './notice-words.ts';
import type { Order } from './order.ts';
import { onOneLine } from './quoted-text.ts';
import { announcementOf, meaningOfRestart, nameOfDay } from './restart-meaning.ts';

export type NoticeKind =
  | 'dns-wanted'
  | 'dns-reminder'
  | 'names-differ'
  | 'restart-announced'
  | 'restart-moved'
  | 'restart-now'
  | 'restart-missed'
  | 'restart-cancelled'
  | 'certificate-served'
  | 'rolled-back'
  | 'needs-attention'
  | 'look-outside'
  | 'renewal-overdue'
  | 'renewal-given-up'
  | 'revocation-failed'
  | 'restart-off'
  | 'next-certificate-wanted'
  | 'next-certificate-urgent'
  | 'look-at-web'
  | 'other-served'
  | 'restart-asked'
  | 'restart-by-hand'
  | 'restart-back-by-hand'
  | 'web-served'
  | 'bypass-ends'
  | 'bypass-overdue'
  | 'bypass-to-switch-off'
  | 'site-served'
  | 'site-not-there'
  | 'restart-reminder'
  | 'restart-again'
  | 'mail-bounced';

/** Who hears of it: the customer's contacts, or only our own people. */
export function audienceOf(kind: NoticeKind): 'everyone' | 'ops' {
  return FOR_OPS.includes(kind) ? 'ops' : 'everyone';
}

const FOR_OPS: readonly NoticeKind[] = [
  'needs-attention',
  'look-outside',
  'look-at-web',
  'other-served',
  'site-not-there',
  'renewal-overdue',
  'renewal-given-up',
  'revocation-failed',
  'mail-bounced',
];

/** Whether it says that InfinityOne will be restarted, and so what that means to users. */
export function announcesRestart(kind: string): boolean {
  return ANNOUNCING.some((announcing) => announcing === kind);
}

const ANNOUNCING: readonly NoticeKind[] = [
  'restart-announced',
  'restart-moved',
  'restart-now',
  'restart-missed',
  'restart-again',
  'restart-asked',
];

/** Whether it speaks of a restart that people may still answer: say yes to, move, bring forward, cancel. */
export function isAnswerable(kind: NoticeKind): boolean {
  return announcesRestart(kind) || kind === 'restart-reminder' || kind === 'restart-by-hand';
}

/** Ours: what a server said may be a page; the first lines say why. */
export const MAX_WHY_LENGTH = 2000;

export interface NoticeFacts {
  readonly order: Order;
  readonly appointment: Appointment | undefined;
  /** One sentence of ours or of the server. */
  readonly why: string | undefined;
  /** What there is to be done, a line each. Absent = nothing that the kind does not say. */
  readonly details?: readonly string[] | undefined;
  /** Where the recipient answers it; of an answerable kind. */
  readonly link?: string | undefined;
}

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
  /** The same words. */
  readonly html: string;
}

export function writeNotice(kind: NoticeKind, facts: NoticeFacts): NoticeText {
  const page = noticePage(kind, facts);
  return { subject: page.subject, text: pageAsText(page), html: pageAsHtml(page) };
}

export function noticePage(kind: NoticeKind, { order, appointment, why, details, link }: NoticeFacts): NoticePage {
  const { hostname, sitePort, customer, windowPolicy } = order.request;
  const when = appointment === undefined ? '' : describeWindow(appointment, windowPolicy.timeZone);
  const announced = announcesRestart(kind) || kind === 'restart-reminder' ? appointment : undefined;
  const { subject, sentences } = wordsFor(kind, order, when, appointment);
  return {
    subject,
    lines: [
      ...sentences,
      ...(announced !== undefined && order.addressChange !== undefined
        ? [addressLine(order.addressChange, hostname)]
        : []),
      ...(details ?? []).map((detail) => shortened(onOneLine(detail))),
      ...(why === undefined ? [] : [`Why: ${shortened(onOneLine(why))}`]),
    ],
    meaning: announced === undefined ? [] : meaningOfRestart(announced),
    announcement: announced && announcementOf(announced, when, windowPolicy.timeZone),
    link: link === undefined ? undefined : { label: LABELS[kind] ?? ANSWER, url: link },
    about: [
      ['Server', `${hostname}, site port ${sitePort}`],
      ['Customer', onOneLine(customer)],
      ['Order', order.id],
      ...(appointment === undefined
        ? []
        : [['Appointment', `${appointment.id}, change ${appointment.sequence}`] as const]),
    ],
    sender: 'E-MetroTel certificate service',
  };
}

function addressLine({ from, to }: NonNullable<Order['addressChange']>, hostname: string): string {
  return `With the restart, ${hostname} becomes ${to} in DNS, and was ${from}; if the restart is rolled back, so is that.`;
}

function shortened(text: string): string {
  return text.length > MAX_WHY_LENGTH ? `${text.slice(0, MAX_WHY_LENGTH).toWellFormed()}…` : text;
}

/** The window as the customer's clock shows it, with its zone. */
export function describeWindow(appointment: Pick<Appointment, 'opensAt' | 'closesAt'>, timeZone: string): string {
  const opens = Temporal.Instant.from(appointment.opensAt).toZonedDateTimeISO(timeZone);
  const closes = Temporal.Instant.from(appointment.closesAt).toZonedDateTimeISO(timeZone);
  const day = `${opens.toPlainDate()}`;
  const until = closes.toPlainDate().equals(opens.toPlainDate())
    ? clockOf(closes)
    : `${closes.toPlainDate()} ${clockOf(closes)}`;
  return `${day} ${clockOf(opens)} to ${until} (${timeZone})`;
}

/** A moment as the customer's clock shows it, with its weekday and zone. */
export function describeMoment(moment: string, timeZone: string): string {
  const there = Temporal.Instant.from(moment).toZonedDateTimeISO(timeZone);
  return `${nameOfDay(there.dayOfWeek)} ${there.toPlainDate()} ${clockOf(there)} (${timeZone})`;
}

function clockOf(moment: Temporal.ZonedDateTime): string {
  return moment.toPlainTime().toString({ smallestUnit: 'minute' });
}

/** In words that are true whatever may be answered; the page shows what can be. */
const ANSWER =
  'Look at it, say yes, choose another time or cancel it, without signing in (for you alone; nothing happens before you press a button there):';

const LABELS: Partial<Record<NoticeKind, string>> = {
  'restart-by-hand': 'Once it is restarted, say so here, and it is looked at right away (only what is served counts):',
  'names-differ': 'Once they are changed, say so here, and the server is looked at again (only what it says counts):',
};
