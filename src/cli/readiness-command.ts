// `ucx-certs readiness HOSTNAME`: looks at a server anew and says who would connect, or writes the page to print.

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.ts';
import type { Command } from './main.ts';
import { readOptions } from './options.ts';
import { ask, type Surroundings } from './service-client.ts';

const HELP = `ucx-certs readiness HOSTNAME [--json] [--html FILE]

Looks from the internet and through SSH, which takes some seconds. Ends with 0 when every client would connect, else with 1.
`;

const LOOK_MS = 250;
const PATIENCE_MS = 120_000;

interface Report {
  readonly seenAt: string;
  readonly verdicts: Readonly<Record<string, string>>;
  readonly findings: readonly {
    readonly severity: string;
    readonly sentence: string;
    readonly remedy: string;
    readonly who: string;
  }[];
}

const NAMES: Readonly<Record<string, string>> = {
  iphone: 'iPhone',
  android: 'Android phone',
  browser: 'Browser',
  desktop: 'Desktop client',
};
const VERDICTS: Readonly<Record<string, string>> = {
  yes: 'connects',
  no: 'does not connect',
  'cannot-say': 'cannot be said',
};
const HEADINGS: Readonly<Record<string, string>> = {
  stops: 'Stops clients',
  warns: 'Will go wrong, or works only in part',
  'not-checked': 'Not looked at',
  advice: 'To look at yourself',
};

export const readiness: Command = async (words, around) => {
  const { values, positionals } = readOptions(words, { json: 'flag', html: 'value' }, ['HOSTNAME']);
  if (values.help === true) {
    around.write(HELP);
    return 0;
  }
  const path = `/v1/servers/${encodeURIComponent(positionals[0] ?? '')}/readiness`;
  const asked = await ask('POST', path, around);
  if (asked.status === 404) throw new Failure(String(asked.body.detail));
  const report = await reportOf(path, String(asked.body.askedAt), around);
  if (typeof values.html === 'string') {
    writeFileSync(values.html, (await ask('GET', path, around, { accept: 'text/html' })).text);
    around.write(`${values.html} is written\n`);
  } else around.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : tell(report));
  return Object.values(report.verdicts).every((verdict) => verdict === 'yes') ? 0 : 1;
};

/** Of the look that was asked for, or a later one. */
async function reportOf(path: string, askedAt: string, around: Surroundings): Promise<Report> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(LOOK_MS)) {
    const { status, body } = await ask('GET', path, around);
    if (status === 200 && String(body.seenAt) >= askedAt) return body as unknown as Report;
  }
  throw new Failure(`no report within ${PATIENCE_MS / 1000} seconds; the look goes on, ask again`);
}

function tell({ seenAt, verdicts, findings }: Report): string {
  const lines = [`As seen ${seenAt}:`];
  for (const [client, verdict] of Object.entries(verdicts))
    lines.push(`  ${(NAMES[client] ?? client).padEnd(16)}${VERDICTS[verdict] ?? verdict}`);
  for (const [severity, heading] of Object.entries(HEADINGS)) {
    const some = findings.filter((finding) => finding.severity === severity);
    if (some.length > 0) lines.push('', `${heading}:`);
    for (const { sentence, remedy, who } of some) lines.push(`  - ${sentence}`, `    ${remedy} (${who})`);
  }
  return `${lines.join('\n')}\n`;
}
