// The readiness page of a live sandbox in Chromium: wide, narrow, in the dark, and nothing is fetched for it. UPDATE_PICTURES=1 writes its picture anew.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { showPage } from '../support/chromium.ts';
import { contrastOf, inGreys, pixelsOf } from '../support/png-pixels.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const pictures = fileURLToPath(new URL('../../docs/pictures', import.meta.url));

async function page(run: SandboxRun): Promise<string> {
  const path = `/v1/servers/${NORTHWIND.hostname}/readiness`;
  await run.ask('POST', path);
  for (let look = 0; look < 400; look += 1) {
    const answer = await fetch(`${run.service.url}${path}`, {
      headers: { Authorization: `Bearer ${run.service.token}`, Accept: 'text/html' },
    });
    if (answer.status === 200) return await answer.text();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no report');
}

it('is legible by day and in the dark, fits a phone, and fetches nothing', patient, async () => {
  await using run = await SandboxRun.start({ dials: { ucx: { pushBlocked: true } } });
  expect((await run.fulfil()).state).toBe('done');
  const html = await page(run);
  expect(html).toContain('<tr><th scope="row">iPhone</th><td>connects</td></tr>');
  for (const options of [{ height: 1200 }, { height: 1200, dark: true }, { width: 320, height: 2200 }]) {
    const shown = await showPage(html, options);
    expect(shown.asked).toEqual([]);
    // WCAG 2.2, 1.4.6
    expect(contrastOf(pixelsOf(shown.png))).toBeGreaterThan(7);
  }
  const picture = inGreys((await showPage(html, { height: 1180 })).png);
  expect(picture.length).toBeLessThan(90_000);
  if (process.env.UPDATE_PICTURES === '1') await writeFile(`${pictures}/readiness.png`, picture);
});
