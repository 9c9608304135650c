// The page behind an upload link: which certificate ends when, what was wrong with what was sent, and the form for the next.

import type { Certificate } from '../domain/certificate.ts';
import type { Finding } from '../domain/certificate-findings.ts';
import { asDocument, escaped, table } from '../domain/notice-html.ts';
import { PAGE_STYLE } from './appointment-page.ts';

export interface UploadPage {
  readonly certificate: Certificate;
  /** Why what was just sent was not taken. */
  readonly refusal?: { readonly why: string; readonly findings: readonly Finding[] } | undefined;
  /** Id of the order it became. */
  readonly orderId?: string | undefined;
}

export const UPLOAD_STYLE = `${PAGE_STYLE}input{font:inherit;max-width:100%}`;

export const NO_UPLOAD_PAGE = asDocument('This link does not lead anywhere', UPLOAD_STYLE, [
  '<p>It is not complete, its time is over, or another certificate is served by now. Whoever has none that works asks E-MetroTel.</p>',
]);

/** Whole HTML; every word from outside is escaped, nothing is fetched, nothing runs. */
export function uploadPage({ certificate, refusal, orderId }: UploadPage): string {
  const { hostname, notAfter } = certificate;
  return asDocument(`Next certificate of ${hostname}`, UPLOAD_STYLE, [
    ...(refusal === undefined ? [] : refused(refusal)),
    ...(orderId === undefined ? FORMS : [`<p class="box">${escaped(`Taken, as order ${orderId}.`)} ${NEXT}</p>`]),
    ...table([
      ['Server', hostname],
      ['Certificate served until', notAfter],
    ]),
    '<p>E-MetroTel certificate service</p>',
  ]);
}

const NEXT =
  'It is put on the server without touching anything live; then everybody concerned hears when InfinityOne is to be restarted.';

function refused({ why, findings }: NonNullable<UploadPage['refusal']>): readonly string[] {
  const items = findings.map(({ sentence, remedy }) => `<p>${escaped(`${sentence}.`)}<br>${escaped(`${remedy}.`)}</p>`);
  return [`<div class="box" role="alert"><p><strong>Not taken:</strong> ${escaped(why)}.</p>${items.join('')}</div>`];
}

const FORMS: readonly string[] = [
  '<form method="post" enctype="multipart/form-data"><fieldset><legend>Send the next certificate</legend>',
  '<p>Certificate, intermediates and private key, in whatever form the authority delivered them (.pfx, .zip, .crt, .key, .p7b).</p>',
  '<label>Files <input type="file" name="files" multiple required></label>',
  '<label>Password, if there is one <input type="password" name="password" autocomplete="off"></label>',
  '<button type="submit" name="act" value="bring">Send</button></fieldset></form>',
  '<form method="post" enctype="multipart/form-data"><fieldset><legend>Or have E-MetroTel obtain it</legend>',
  '<p>It costs nothing at the authority, and renews by itself from then on.</p>',
  '<button type="submit" name="act" value="obtain">Obtain it for us</button></fieldset></form>',
];
