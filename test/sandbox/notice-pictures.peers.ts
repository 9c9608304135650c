// The mails as people see them, in Chromium: sent by SMTP, read back, shown wide, narrow and in the dark; nothing is fetched for it.
// UPDATE_PICTURES=1 writes the pictures of docs/notices.md anew.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmtpMail } from '../../src/adapters/mail/smtp-mail.ts';
import { type NoticeFacts, type NoticeKind, writeNotice } from '../../src/domain/notice.ts';
import { planWantedRecords } from '../../src/domain/wanted-records.ts';
import { type MailServer, startMailServer } from '../../src/sandbox/mail-server.ts';
import { type PageOptions, type ShownPage, showPage } from '../support/chromium.ts';
import { appointment, order } from '../support/notice-facts.ts';
import { contrastOf, inGreys, type Pixels, pixelsOf } from '../support/png-pixels.ts';

const pictures = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
const PHONE = { width: 320, height: 1400 };

/** WCAG 2.2, 1.4.6. */
const ENHANCED_CONTRAST = 7;

let folder: string;
let server: MailServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notice-pictures-'));
  server = await startMailServer({ folder });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the recipient has of it. */
async function received(kind: NoticeKind, change: Partial<NoticeFacts>) {
  const notice = writeNotice(kind, { order, appointment, why: undefined, ...change });
  const messageId = `<${kind}@emetrotel.test>`;
  const from = 'certificates@emetrotel.test';
  const mail = new SmtpMail({ host: '127.0.0.1', port: server.port, tls: 'none', from });
  await mail.send({ messageId, to: 'ana@northwind.test', ...notice });
  const kept = (await server.mails.list()).find((one) => one.messageId === messageId);
  expect(kept?.html).toBe(notice.html);
  return notice.html;
}

async function shown(html: string, options?: PageOptions): Promise<ShownPage & { readonly pixels: Pixels }> {
  const page = await showPage(html, options);
  return { ...page, pixels: pixelsOf(page.png) };
}

const wantedRecords = planWantedRecords({
  hostname: order.request.hostname,
  publicIp: order.request.publicIp,
  address: { kind: 'found', values: ['198.51.100.7'] },
  names: [{ name: order.request.hostname, proof: { kind: 'found', values: [] }, missingCaa: undefined }],
  delegationZone: 'challenges.emetrotel.test',
  reason: 'provision',
});

/** Nothing runs out of the page: its last columns are paper, from top to bottom. */
function marginIsEmpty({ width, height, luminance }: Pixels): boolean {
  const paper = luminance(width - 1, 0);
  for (let y = 0; y < height; y += 1) {
    for (let x = width - 16; x < width; x += 1) if (luminance(x, y) !== paper) return false;
  }
  return true;
}

describe('in Chromium', () => {
  it.each<{ kind: NoticeKind; why?: string; height: number }>([
    { kind: 'dns-wanted', height: 780 },
    { kind: 'restart-announced', height: 800 },
    { kind: 'restart-cancelled', height: 400 },
    { kind: 'rolled-back', why: 'InfinityOne was not up within 60 seconds of its restart', height: 440 },
  ])('$kind is legible by day and in the dark, and fetches nothing', async ({ kind, why, height }) => {
    const about = kind === 'dns-wanted' ? { order: { ...order, wantedRecords }, appointment: undefined } : {};
    const html = await received(kind, { ...about, ...(why === undefined ? {} : { why }) });
    expect(marginIsEmpty((await shown(html, PHONE)).pixels)).toBe(true);
    const day = await shown(html, { height });
    const night = await shown(html, { height, dark: true });
    expect([day.asked, night.asked]).toEqual([[], []]);
    expect(day.pixels.luminance(0, 0)).toBeGreaterThan(0.9);
    expect(night.pixels.luminance(0, 0)).toBeLessThan(0.1);
    for (const { pixels } of [day, night]) {
      expect(contrastOf(pixels)).toBeGreaterThan(ENHANCED_CONTRAST);
      expect(marginIsEmpty(pixels)).toBe(true);
    }
    const picture = inGreys(day.png);
    expect(picture.length).toBeLessThan(60_000);
    if (process.env.UPDATE_PICTURES === '1') await writeFile(join(pictures, `${kind}.png`), picture);
  });

  it('a page that fetches is found out, and so is one that is too wide for a phone', async () => {
    const { asked, pixels } = await shown(
      `<p style="width:400px;background:#000">x</p><img src="http://tracker.test/x.png"><img src="https://tracker.test/y.png">
       <link rel="stylesheet" href="http://looks.test/a.css"><style>@import url(http://looks.test/b.css)</style>`,
      PHONE,
    );
    expect([...new Set(asked)].sort()).toEqual([
      'http://looks.test/a.css',
      'http://looks.test/b.css',
      'http://tracker.test/x.png',
      'tracker.test:443',
    ]);
    expect(marginIsEmpty(pixels)).toBe(false);
  });

  it('a hostile customer and a hostile server fetch nothing, run nothing, and leave the page as wide as a phone', async () => {
    const customer = `"><img src=http://tracker.test/x.png onerror=document.body.remove()>${'W'.repeat(140)}`;
    const why = `</p></main><script>document.body.remove()</script><style>@import url(http://looks.test/b.css);body{display:none}</style>${'W'.repeat(500)}`;
    const hostile = { ...order, request: { ...order.request, customer } };
    const { asked, pixels } = await shown(await received('restart-missed', { order: hostile, why }), PHONE);
    expect(asked).toEqual([]);
    expect(contrastOf(pixels)).toBeGreaterThan(ENHANCED_CONTRAST);
    expect(marginIsEmpty(pixels)).toBe(true);
  });
});
