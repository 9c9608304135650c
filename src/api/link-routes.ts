// What the links in mails lead to: one appointment, shown to whoever holds the link, and answered when a button is pressed.

import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type Appointment, offersFor } from '../domain/appointment.ts';
import { type AppointmentLink, type LinkAct, linkId, readLink } from '../domain/appointment-link.ts';
import { adviceFor, problemCode } from '../domain/problem.ts';
import { LINK_PATH } from '../steps/notice-link.ts';
import { appointmentKey, getItem, orderKey } from '../steps/records.ts';
import { type AppointmentCommand, changeAppointment } from '../workflows/change-appointment.ts';
import type { Api, ApiServices } from './app.ts';
import { type AppointmentPage, appointmentPage, NO_LINK_PAGE, PAGE_STYLE } from './appointment-page.ts';
import { pageHeaders } from './page-headers.ts';

const MAX_FORM_BYTES = 4 * 1024;
const OFFERS_ON_PAGE = 8;

/**
 * GET and HEAD show and change nothing, however often they come: mail scanners fetch links before people do. POST acts, once for each link. There is no
 * cookie and no session, so a foreign page can send nothing that the holder of the link could not. A token that is forged, over or of nobody is the same page,
 * 404. Nothing of it is logged, and no page tells the next one where the reader came from.
 */
export function addLinkRoutes(api: Api, services: ApiServices): void {
  const path = `${LINK_PATH}:token`;
  api.use(path, async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders(PAGE_STYLE))) c.header(name, value);
  });
  api.use(path, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: (c) => c.html(NO_LINK_PAGE, 413) }));

  api.get(path, async (c) => {
    const opened = await open(c.req.param('token'), services);
    return opened === undefined ? c.html(NO_LINK_PAGE, 404) : c.html(appointmentPage(opened.page), 200);
  });

  api.post(path, async (c) => {
    const token = c.req.param('token');
    const opened = await open(token, services);
    if (opened === undefined) return c.html(NO_LINK_PAGE, 404);
    const command = await readCommand(c, opened.link);
    if (command === undefined) return c.html(appointmentPage({ ...opened.page, refusal: NO_BUTTON }), 400);
    try {
      const by = { side: opened.link.side, link: { id: linkId(token), sequence: opened.link.sequence } };
      await changeAppointment(opened.link.partner, opened.link.appointmentId, { ...command, by }, services);
    } catch (error) {
      const code = problemCode(error);
      if (code === undefined || !(error instanceof Error)) throw error;
      const now = await open(token, services);
      const page = appointmentPage({ ...(now ?? opened).page, refusal: error.message });
      return c.html(page, adviceFor(code).status as 409);
    }
    // Read again with GET, so that reloading the page sends nothing twice (RFC 9110, 15.4.4).
    return c.redirect(`${LINK_PATH}${token}`, 303);
  });
}

const NO_BUTTON = 'press one of the buttons of this page; nothing was changed';

interface Opened {
  readonly link: AppointmentLink;
  readonly page: AppointmentPage;
}

async function open(token: string, { inventory, linkKeys, clock }: ApiServices): Promise<Opened | undefined> {
  const now = clock.now();
  const link = readLink(token, await linkKeys.list(), now);
  if (link === undefined) return undefined;
  const item = await inventory.find(appointmentKey(link.partner, link.appointmentId));
  if (item === undefined) return undefined;
  const { value: appointment } = item;
  const { value: order } = await getItem(inventory, orderKey(link.partner, appointment.orderId));
  const { windowPolicy, customer } = order.request;
  const used = appointment.answers?.find((answer) => answer.link === linkId(token));
  const acts = used === undefined ? possible(appointment, link) : [];
  return {
    link,
    page: {
      appointment,
      customer,
      timeZone: windowPolicy.timeZone,
      acts,
      offers: acts.includes('move') ? offersFor(appointment, windowPolicy, now, OFFERS_ON_PAGE) : [],
      used,
      isOutdated: used === undefined && link.sequence !== appointment.sequence,
      refusal: undefined,
    },
  };
}

/** Of what the link may do, what there still is to do. */
function possible({ state, sequence, runNow }: Appointment, link: AppointmentLink): readonly LinkAct[] {
  if (sequence === link.sequence && state === 'open') return link.acts.filter((act) => act === 'done');
  if (sequence !== link.sequence || !['proposed', 'announced', 'confirmed'].includes(state)) return [];
  return link.acts.filter(
    (act) => act !== 'done' && !(act === 'confirm' && state === 'confirmed') && !(act === 'run-now' && runNow),
  );
}

/** Of a form of ours; undefined for anything else. */
async function readCommand(c: Context, { acts }: AppointmentLink): Promise<AppointmentCommand | undefined> {
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(c.req.header('content-type') ?? '')) return undefined;
  const form = new URLSearchParams(await c.req.text());
  const act = acts.find((one) => one === form.get('act'));
  if (act !== 'move') return act && { act };
  const opensAt = new Date(form.get('opensAt') ?? '');
  return Number.isNaN(opensAt.getTime()) ? undefined : { act, opensAt };
}
