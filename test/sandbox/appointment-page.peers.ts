// The page behind a link as a person sees it, in Chromium: wide, narrow and in the dark; nothing is fetched for it. UPDATE_PICTURES=1 writes its picture anew.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { appointmentPage } from '../../src/api/appointment-page.ts';
import { showPage } from '../support/chromium.ts';
import { appointment, order } from '../support/notice-facts.ts';
import { contrastOf, inGreys, pixelsOf } from '../support/png-pixels.ts';

const pictures = fileURLToPath(new URL('../../docs/pictures', import.meta.url));

const html = appointmentPage({
  appointment: { ...appointment, state: 'announced', confirmation: 'contact' },
  customer: order.request.customer,
  timeZone: order.request.windowPolicy.timeZone,
  acts: ['confirm', 'move', 'run-now', 'cancel'],
  offers: ['2027-01-20T07:00:00Z', '2027-01-27T07:00:00Z'],
  used: undefined,
  isOutdated: false,
  refusal: undefined,
});

it('is legible by day and in the dark, fits a phone, and fetches nothing', async () => {
  for (const options of [{ height: 900 }, { height: 900, dark: true }, { width: 320, height: 1600 }]) {
    const page = await showPage(html, options);
    expect(page.asked).toEqual([]);
    // WCAG 2.2, 1.4.6
    expect(contrastOf(pixelsOf(page.png))).toBeGreaterThan(7);
  }
  const picture = inGreys((await showPage(html, { height: 820 })).png);
  expect(picture.length).toBeLessThan(60_000);
  if (process.env.UPDATE_PICTURES === '1') await writeFile(`${pictures}/appointment-page.png`, picture);
});
