// The subject and the sentences of each notice.

import type { Appointment } from './appointment.ts';
import { DNS_DEADLINE_MS } from './awaiting-dns.ts';
import type { NoticeKind } from './notice.ts';
import type { Order } from './order.ts';
import { describeWantedRecords } from './wanted-records.ts';

const DAY_MS = 24 * 3_600_000;

const NEXT_ONE = [
  'Send the next one by the link below (certificate, intermediates and key, in whatever form the authority delivers; or ask for a request, so that no key has to travel). It is looked at at once, and its restart is agreed on with you.',
  'Or have E-MetroTel obtain one instead, by a button there: it costs nothing at the authority, and renews by itself from then on.',
] as const;

/** It is another setting than the UCX's own self-signed certificate (E-MetroTel, InfinityOne - Prerequisites). */
const SWITCH_OFF =
  'Switch it off: InfinityOne, signed in as administrator in a browser or the desktop client (not on a phone), Administration, "Allow Invalid Self-Signed Certificates"; it is not the self-signed certificate of the UCX. Then tell E-MetroTel, who have it written down.';

const EMERGENCY =
  'No restart window is left before the certificate served comes to its end: it happens outside of them, and nobody has to confirm it.';

const CONFIRMED_BY = {
  nobody: 'Nothing has to be done for it to happen.',
  contact: 'It happens only if somebody confirms it before the window closes.',
  ops: 'It happens only if E-MetroTel confirms it before the window closes.',
} as const;

/** `when` is the window on the customer's clock, for kinds about a restart. */
export function wordsFor(
  kind: NoticeKind,
  { request: { hostname }, reason, wantedRecords = [] }: Order,
  when: string,
  appointment: Appointment | undefined,
): { readonly subject: string; readonly sentences: readonly string[] } {
  const confirm = appointment?.emergency ? [EMERGENCY] : [CONFIRMED_BY[appointment?.confirmation ?? 'nobody']];
  const records = [
    'Whoever keeps the domain sets the records below. The order is looked at again by itself and goes on once they are right; nothing was changed on the server.',
    `It waits for them for ${DNS_DEADLINE_MS / DAY_MS} days in all.`,
    ...describeWantedRecords(wantedRecords),
  ];
  switch (kind) {
    case 'dns-wanted':
      return {
        subject: `DNS records to set for ${hostname}`,
        sentences: [`The certificate for ${hostname} needs records in DNS that only you can set.`, ...records],
      };
    case 'dns-reminder':
      return {
        subject: `Reminder: DNS records to set for ${hostname}`,
        sentences: [
          `The certificate for ${hostname} still waits for records in DNS that only you can set.`,
          ...records,
        ],
      };
    case 'names-differ':
      return {
        subject: `Names to change on ${hostname}`,
        sentences: [
          `The certificate for ${hostname} is on its way. Phones find their way only if the name of the UCX, the Site URL of InfinityOne and the certificate are one; on this server they are not. We change neither.`,
        ],
      };
    case 'restart-announced':
      return {
        subject: `InfinityOne restart on ${hostname}: ${when}`,
        sentences: [
          `A new certificate lies ready on ${hostname}. To use it, InfinityOne is restarted within ${when}.`,
          ...confirm,
        ],
      };
    case 'restart-by-hand':
      return {
        subject: `Please restart InfinityOne on ${hostname} now`,
        sentences: [
          `The new certificate lies in place on ${hostname}, and InfinityOne has to be restarted by hand within ${when}.`,
          'In InfinityOne, signed in as administrator in a browser or the desktop client (not on a phone): Administration, General, RESTART THE SERVER. It asks once more, and drops InfinityOne calls in progress.',
          'We look every few minutes whether the new certificate is served, and tell you. If nobody presses it before the window closes, the old files come back and another window is chosen.',
        ],
      };
    case 'restart-back-by-hand':
      return {
        subject: `Please restart InfinityOne on ${hostname} once more`,
        sentences: [
          `The new certificate does not work on ${hostname}. The old files are back, but InfinityOne still serves what it read before: it has to be restarted by hand once more.`,
          'In InfinityOne, signed in as administrator (not on a phone): Administration, General, RESTART THE SERVER. If the page does not come up, restart InfinityOne on the server itself, or ask E-MetroTel.',
          'We look every minute whether the old certificate is served again, and tell you.',
        ],
      };
    case 'next-certificate-wanted':
      return {
        subject: `Next certificate wanted: ${hostname}`,
        sentences: [`The certificate of ${hostname} was not obtained by us and does not renew by itself.`, ...NEXT_ONE],
      };
    case 'next-certificate-urgent':
      return {
        subject: `Ends soon: the certificate of ${hostname}`,
        sentences: [
          `The certificate of ${hostname} was not obtained by us, does not renew by itself, and is about to end, or has. When it ends, phones stop connecting.`,
          ...NEXT_ONE,
        ],
      };
    case 'restart-asked':
      return {
        subject: `Answer needed: InfinityOne restart on ${hostname}`,
        sentences: [
          `No restart window of ${hostname} is left before its certificate comes to its end. A new one lies ready; to use it, InfinityOne must be restarted within ${when}.`,
          'It is restarted as soon as somebody says yes and no call is under way, and not before. If nobody does, the old certificate ends and phones stop connecting.',
        ],
      };
    case 'restart-moved':
      return {
        subject: `Moved: InfinityOne restart on ${hostname}: ${when}`,
        sentences: [`The restart of InfinityOne on ${hostname} is now within ${when}.`, ...confirm],
      };
    case 'restart-now':
      return {
        subject: `InfinityOne restart on ${hostname} now`,
        sentences: [
          appointment?.unused
            ? `InfinityOne on ${hostname} is restarted now: the order says that nobody uses it yet.`
            : `InfinityOne on ${hostname} is restarted now, as asked.`,
        ],
      };
    case 'restart-missed':
      return {
        subject: `Postponed: InfinityOne restart on ${hostname}: ${when}`,
        sentences: [
          `The restart of InfinityOne on ${hostname} did not happen. The next window is ${when}.`,
          ...confirm,
        ],
      };
    case 'restart-cancelled':
      return {
        subject: `Cancelled: InfinityOne restart on ${hostname}`,
        sentences: [
          `The restart of InfinityOne on ${hostname} is cancelled. The certificate served stays the old one.`,
        ],
      };
    case 'certificate-served':
      return {
        subject: `Done: ${hostname} serves its new certificate`,
        sentences: [`InfinityOne on ${hostname} serves its new certificate; we have seen it on the wire.`],
      };
    case 'rolled-back':
      return {
        subject: `Rolled back: ${hostname} serves its old certificate`,
        sentences: [
          `The new certificate on ${hostname} could not be served; the old one is back and served. Our people look into it.`,
        ],
      };
    case 'needs-attention':
      return {
        subject: `Needs a person: ${hostname}`,
        sentences: [
          reason === 'renew'
            ? `A renewal for ${hostname} stopped. Another is ordered by itself after a while; the old certificate stays served.`
            : `The order for ${hostname} stopped. Nothing more happens by itself.`,
        ],
      };
    case 'revocation-failed':
      return {
        subject: `Not revoked: a certificate of ${hostname}`,
        sentences: [`The certificate of this order for ${hostname} could not be revoked at its authority.`],
      };
    case 'renewal-overdue':
      return {
        subject: `Ends soon: the certificate of ${hostname} is not renewed yet`,
        sentences: [
          `The certificate ${hostname} serves is near its end, and no other is served yet. Renewals go on by themselves; please look what holds them up.`,
        ],
      };
    case 'renewal-given-up':
      return {
        subject: `Given up: no more renewals for ${hostname}`,
        sentences: [
          `The certificate of ${hostname} ended long ago and could not be renewed. It is not tried any more; place an order when the server is back.`,
        ],
      };
    case 'mail-bounced':
      return {
        subject: `Mail came back: a contact of ${hostname}`,
        sentences: [
          `A contact of ${hostname} does not get our mail, and counts as not told. Without any contact who was told there is no restart.`,
          'Reach them another way, and have the address put right in the order system.',
        ],
      };
    case 'restart-again':
      return {
        subject: `Again: InfinityOne restart on ${hostname}: ${when}`,
        sentences: [
          `The last restart of InfinityOne on ${hostname} was rolled back, and the old certificate is served. The new one is tried once more within ${when}.`,
          ...confirm,
        ],
      };
    case 'restart-reminder':
      return {
        subject: `Reminder: InfinityOne restart on ${hostname}: ${when}`,
        sentences: [`InfinityOne on ${hostname} is restarted within ${when}.`, ...confirm],
      };
    case 'restart-off':
      return {
        subject: `Off: InfinityOne restart on ${hostname}`,
        sentences: [
          `The restart of InfinityOne on ${hostname} announced for ${when} does not happen, and no other is planned yet. The certificate served stays the old one.`,
          'Our people look into it; you are told of any other restart before it happens.',
        ],
      };
    case 'bypass-ends':
      return {
        subject: `Bypass open: ${hostname} until its end`,
        sentences: [
          `"Allow Invalid Self-Signed Certificates" is on in InfinityOne on ${hostname}, for a trial. Connections are not authenticated meanwhile, and new Android phones do not connect at all.`,
          'It is not extended by itself. A certificate makes it needless.',
        ],
      };
    case 'bypass-overdue':
      return {
        subject: `Bypass past its end: ${hostname}`,
        sentences: [
          `"Allow Invalid Self-Signed Certificates" should be off in InfinityOne on ${hostname} by now, and nobody has said that it is.`,
          SWITCH_OFF,
        ],
      };
    case 'bypass-to-switch-off':
      return {
        subject: `Switch the bypass off: ${hostname}`,
        sentences: [
          `${hostname} serves a trusted certificate now; we have seen it on the wire. "Allow Invalid Self-Signed Certificates" is good for nothing any more.`,
          SWITCH_OFF,
        ],
      };
    case 'web-served':
      return {
        subject: `In place: ${hostname}, without InfinityOne yet`,
        sentences: [
          `The web administration of ${hostname} serves its new certificate; we have seen it on the wire. Nothing was restarted.`,
          'Install InfinityOne whenever it suits: it is looked for by itself, and you hear when it serves the certificate.',
        ],
      };
    case 'site-served':
      return {
        subject: `Done: InfinityOne on ${hostname} serves its certificate`,
        sentences: [`InfinityOne is there on ${hostname} and serves its certificate; we have seen it on the wire.`],
      };
    case 'site-not-there':
      return {
        subject: `Not there: InfinityOne on ${hostname}`,
        sentences: [
          `InfinityOne did not appear on ${hostname} while its order waited. The web administration serves the certificate, and renewals go on; each looks for InfinityOne again.`,
        ],
      };
    case 'other-served':
      return {
        subject: `Another certificate on ${hostname}`,
        sentences: [
          `${hostname} serves a certificate that is not ours, though one of ours was put there. Nothing was changed; ours goes on to be renewed. Somebody may have installed another, or the name leads to another machine.`,
        ],
      };
    case 'look-at-web':
      return {
        subject: `Look at Apache: ${hostname}`,
        sentences: [
          `InfinityOne on ${hostname} serves its new certificate; its web administration does not. Phones are not concerned, and nothing was rolled back.`,
        ],
      };
    case 'look-outside':
      return {
        subject: `Look from outside: ${hostname}`,
        sentences: [
          `${hostname} serves its new certificate inside; phones outside may not reach it. Nothing was rolled back.`,
        ],
      };
  }
}
