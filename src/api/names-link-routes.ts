// What links about the names of a server lead to: how they stand, and another look when somebody says they are changed.

import { bodyLimit } from 'hono/body-limit';
import { readServerLink } from '../domain/server-link.ts';
import { isSameLook } from '../domain/server-look.ts';
import { NAMES_PATH } from '../steps/notice-link.ts';
import { lookKey, serverKey } from '../steps/records.ts';
import { acceptLook } from '../workflows/look-at-server.ts';
import type { Api, ApiServices } from './app.ts';
import { PAGE_STYLE } from './appointment-page.ts';
import { type NamesPage, NO_NAMES_PAGE, namesPage } from './names-page.ts';
import { pageHeaders } from './page-headers.ts';

const MAX_FORM_BYTES = 1024;

/** GET shows and changes nothing. POST has the server looked at, at most once a minute; what it says counts, not who pressed. */
export function addNamesLinkRoutes(api: Api, services: ApiServices): void {
  const path = `${NAMES_PATH}:token`;
  api.use(path, async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders(PAGE_STYLE))) c.header(name, value);
  });
  api.use(path, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: (c) => c.html(NO_NAMES_PAGE, 413) }));

  api.get(path, async (c) => {
    const opened = await open(c.req.param('token'), services);
    return opened === undefined ? c.html(NO_NAMES_PAGE, 404) : c.html(namesPage(opened.page), 200);
  });

  api.post(path, async (c) => {
    const token = c.req.param('token');
    const opened = await open(token, services);
    if (opened === undefined) return c.html(NO_NAMES_PAGE, 404);
    await acceptLook(opened.partner, opened.page.hostname, services);
    // Read again with GET, so that reloading the page sends nothing twice (RFC 9110, 15.4.4).
    return c.redirect(`${NAMES_PATH}${token}`, 303);
  });
}

async function open(
  token: string,
  { inventory, linkKeys, clock }: ApiServices,
): Promise<{ readonly partner: string; readonly page: NamesPage } | undefined> {
  const link = readServerLink('names', token, await linkKeys.list(), clock.now());
  if (link === undefined) return undefined;
  const { partner, hostname } = link;
  const server = await inventory.find(serverKey(partner, hostname));
  if (server === undefined) return undefined;
  const look = (await inventory.find(lookKey(partner, hostname)))?.value;
  const isUnderWay = look !== undefined && look.report?.askedAt !== look.askedAt && isSameLook(look, clock.now());
  const lookingSince = isUnderWay ? look.askedAt : undefined;
  return { partner, page: { hostname, names: server.value.names, lookingSince } };
}
