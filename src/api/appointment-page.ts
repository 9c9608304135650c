// The page behind a link: what this one restart is, how it stands, and the buttons for what may still be said to it.

import type { Answer, Appointment } from '../domain/appointment.ts';
import type { LinkAct } from '../domain/appointment-link.ts';
import { describeMoment, describeWindow } from '../domain/notice.ts';
import { asDocument, escaped, STYLE, table } from '../domain/notice-html.ts';
import { meaningOfRestart } from '../domain/restart-meaning.ts';

export interface AppointmentPage {
  readonly appointment: Appointment;
  readonly customer: string;
  readonly timeZone: string;
  /** What can be done with this link now; none: it only shows. */
  readonly acts: readonly LinkAct[];
  /** Moments it can be moved to, ISO 8601. */
  readonly offers: readonly string[];
  /** What this link was used for. */
  readonly used: Answer | undefined;
  /** The restart was changed after this link was sent. */
  readonly isOutdated: boolean;
  /** Why what was just asked for did not happen. */
  readonly refusal: string | undefined;
}

/** Buttons are large enough for a thumb (WCAG 2.2, 2.5.8) and keep the reader's colours. */
export const PAGE_STYLE = [
  STYLE,
  'form{margin:16px 0}',
  'fieldset{border:1px solid #888;margin:0;padding:12px 16px}',
  'label{display:block;padding:6px 0}',
  'button{font:inherit;min-height:44px;padding:8px 20px;margin:4px 0}',
].join('');

export const NO_LINK_PAGE = asDocument('This link does not lead anywhere', PAGE_STYLE, [
  '<p>It is not complete, or its time is over. The latest mail about the restart has one that works; whoever has none asks E-MetroTel.</p>',
]);

/** Whole HTML; every word from outside is escaped, nothing is fetched, nothing runs. */
export function appointmentPage(page: AppointmentPage): string {
  const { appointment, customer, timeZone, refusal } = page;
  return asDocument(`InfinityOne restart on ${appointment.hostname}`, PAGE_STYLE, [
    ...(refusal === undefined
      ? []
      : [`<p class="box" role="alert"><strong>Not done:</strong> ${escaped(refusal)}.</p>`]),
    `<p>${escaped(standing(page))}</p>`,
    ...(page.used === undefined ? [] : [`<p>${escaped(usedFor(page.used, timeZone))}</p>`]),
    ...(page.isOutdated ? [`<p>${escaped(OUTDATED)}</p>`] : []),
    ...forms(page),
    ...table([
      ['Server', appointment.hostname],
      ['Customer', customer],
      ['Window', describeWindow(appointment, timeZone)],
      ...meaningOfRestart(appointment),
    ]),
    '<p>E-MetroTel certificate service</p>',
  ]);
}

const OUTDATED =
  'The restart was changed after this link was sent. It only shows how things stand; use the link of the latest mail.';

/** How it stands, in one sentence. */
function standing({ appointment, timeZone }: AppointmentPage): string {
  const when = describeWindow(appointment, timeZone);
  switch (appointment.state) {
    case 'proposed':
    case 'announced':
      if (appointment.runNow) return 'The restart was asked for now and begins in a moment.';
      if (appointment.asked)
        return `No window is left before the certificate in use comes to its end. InfinityOne is restarted within ${when} as soon as somebody says yes, and not before.`;
      if (appointment.confirmation === 'nobody' || appointment.emergency)
        return `InfinityOne is restarted within ${when} to use its new certificate. Nothing has to be done for that.`;
      return `InfinityOne is to be restarted within ${when} to use its new certificate, and is not before ${WHOSE[appointment.confirmation]} says yes.`;
    case 'confirmed':
      return appointment.runNow
        ? 'The restart was asked for now and begins in a moment.'
        : `The restart within ${when} is confirmed.`;
    case 'open':
      return 'The restart is under way. It takes about a minute; everybody is told how it ended.';
    case 'done':
      return 'The restart is done: InfinityOne serves its new certificate.';
    case 'rolled-back':
      return 'The new certificate could not be served; the old one is back. E-MetroTel looks into it.';
    case 'missed':
      return `The restart within ${when} did not happen. The next mail says what comes next.`;
    case 'cancelled':
      return 'The restart is cancelled. The certificate served stays the old one.';
  }
}

const WHOSE = { contact: 'somebody of the customer', ops: 'E-MetroTel' } as const;

const DID: Readonly<Record<Answer['act'], string>> = {
  confirm: 'say yes',
  move: 'choose another time',
  cancel: 'cancel',
  'run-now': 'restart now',
  done: 'say that it was restarted',
};

function usedFor({ act, at }: Answer, timeZone: string): string {
  return `This link was used to ${DID[act]}, ${describeMoment(at, timeZone)}. It is good for one answer; the next mail has another.`;
}

function forms({ acts, offers, timeZone }: AppointmentPage): readonly string[] {
  return acts.flatMap((act) => {
    if (act !== 'move') return [`<form method="post">${button(act)}</form>`];
    if (offers.length === 0)
      return [`<p>${escaped('There is no other moment that fits before the certificate in use ends.')}</p>`];
    return [moveForm(offers, timeZone)];
  });
}

const BUTTONS: Readonly<Record<LinkAct, string>> = {
  confirm: 'Yes, restart in this window',
  move: 'Move it there',
  'run-now': 'Restart now',
  cancel: 'Cancel the restart',
  done: 'It has been restarted: look now',
};

function button(act: LinkAct): string {
  return `<button type="submit" name="act" value="${act}">${BUTTONS[act]}</button>`;
}

function moveForm(offers: readonly string[], timeZone: string): string {
  const choices = offers.map(
    (offer, nth) =>
      `<label><input type="radio" name="opensAt" value="${escaped(offer)}"${nth === 0 ? ' checked' : ''}> ${escaped(describeMoment(offer, timeZone))}</label>`,
  );
  return `<form method="post"><fieldset><legend>Another time</legend>${choices.join('')}${button('move')}</fieldset></form>`;
}
