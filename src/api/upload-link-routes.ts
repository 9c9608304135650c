// What upload links in mails lead to: the next certificate of one server, sent by whoever holds the link.

import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Certificate } from '../domain/certificate.ts';
import { CertificateRefusal } from '../domain/certificate-refusal.ts';
import { adviceFor, problemCode } from '../domain/problem.ts';
import { readServerLink } from '../domain/server-link.ts';
import type { Upload } from '../steps/judge-upload.ts';
import { UPLOAD_PATH } from '../steps/notice-link.ts';
import { certificateKey } from '../steps/records.ts';
import { bringNext, obtainNext } from '../workflows/replace-imported.ts';
import type { Api, ApiServices } from './app.ts';
import { pageHeaders } from './page-headers.ts';
import { NO_UPLOAD_PAGE, UPLOAD_STYLE, uploadPage } from './upload-page.ts';
import { MAX_UPLOAD_BODY_BYTES } from './upload-schema.ts';

/**
 * GET shows and changes nothing. POST brings files or asks that we obtain the certificate; sent again, it is the same order. A token that is forged, over, or of a
 * certificate that is served no more is the same page, 404. Files and passwords go where an order of the API puts them, and into no log.
 */
export function addUploadLinkRoutes(api: Api, services: ApiServices): void {
  const path = `${UPLOAD_PATH}:token`;
  api.use(path, async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders(UPLOAD_STYLE))) c.header(name, value);
  });
  api.use(path, bodyLimit({ maxSize: MAX_UPLOAD_BODY_BYTES, onError: (c) => c.html(NO_UPLOAD_PAGE, 413) }));

  api.get(path, async (c) => {
    const certificate = await open(c.req.param('token'), services);
    return certificate === undefined ? c.html(NO_UPLOAD_PAGE, 404) : c.html(uploadPage({ certificate }), 200);
  });

  api.post(path, async (c) => {
    const certificate = await open(c.req.param('token'), services);
    if (certificate === undefined) return c.html(NO_UPLOAD_PAGE, 404);
    const asked = await readForm(c);
    if (asked === undefined) return c.html(uploadPage({ certificate, refusal: { why: NO_FORM, findings: [] } }), 400);
    try {
      const order =
        asked.act === 'obtain'
          ? await obtainNext(certificate, services)
          : await bringNext(certificate, asked.upload, services);
      return c.html(uploadPage({ certificate, orderId: order.id }), 200);
    } catch (error) {
      const code = problemCode(error);
      if (code === undefined || !(error instanceof Error)) throw error;
      const findings = error instanceof CertificateRefusal ? error.findings : [];
      const why = findings.length > 0 ? 'phones would not connect with it' : error.message;
      return c.html(uploadPage({ certificate, refusal: { why, findings } }), adviceFor(code).status as 422);
    }
  });
}

const NO_FORM = 'choose the files, or press the button to have it obtained';
const MAX_FILES = 20;

async function open(token: string, { inventory, linkKeys, clock }: ApiServices): Promise<Certificate | undefined> {
  const link = readServerLink('upload', token, await linkKeys.list(), clock.now());
  if (link === undefined) return undefined;
  const item = await inventory.find(certificateKey(link.partner, link.hostname));
  return item?.value.fingerprint === link.about ? item.value : undefined;
}

type Asked = { readonly act: 'obtain' } | { readonly act: 'bring'; readonly upload: Upload };

/** Of a form of ours; undefined for anything else. */
async function readForm(c: Context): Promise<Asked | undefined> {
  if (!/^multipart\/form-data;/i.test(c.req.header('content-type') ?? '')) return undefined;
  let form: FormData;
  try {
    form = await c.req.formData();
  } catch {
    return undefined;
  }
  const act = form.get('act');
  if (act === 'obtain') return { act };
  const sent = form.getAll('files').filter((file) => typeof file !== 'string');
  if (act !== 'bring' || sent.length === 0 || sent.length > MAX_FILES) return undefined;
  const files = await Promise.all(sent.map(async (file) => ({ name: file.name, bytes: await file.bytes() })));
  const password = form.get('password');
  return { act, upload: { files, passwords: typeof password === 'string' && password !== '' ? [password] : [] } };
}
