// What InfinityOne says to anybody who asks on its site port: its public settings and a picture.

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface SiteAnswers {
  /** `https://pbx.northwind.test:21326`. */
  readonly siteUrl: string;
  readonly serverVersion: string;
}

/** One grey pixel. */
const LOGO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

/** The two addresses the desktop client asks for before anybody logs in (facts/appliance.md, section 2). */
export function answerSite(site: SiteAnswers, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const page = pageFor(site, request);
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    connection: 'close',
  });
  response.end(page.body);
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

function pageFor(site: SiteAnswers, request: IncomingMessage): Page {
  if (request.method !== 'GET') return { status: 405, type: 'text/plain', body: 'method not allowed' };
  const path = (request.url ?? '').split('?')[0];
  if (path === '/api/v1/settings.public') return { status: 200, type: 'application/json', body: settings(site) };
  if (path === '/images/notification_logo.png') return { status: 200, type: 'image/png', body: LOGO };
  return { status: 404, type: 'text/plain', body: 'not found' };
}

function settings({ siteUrl, serverVersion }: SiteAnswers): string {
  return JSON.stringify({
    settings: [
      { _id: 'Site_Url', value: siteUrl },
      { _id: 'Site_Name', value: 'InfinityOne' },
      { _id: 'Server_Version', value: serverVersion },
      { _id: 'Local_Site_Host', value: '192.168.1.200' },
      { _id: 'Local_Site_Port', value: '21326' },
    ],
    success: true,
  });
}
