// Keeps what a look at a server has found, unless a later look has been kept meanwhile.

import type { ReadinessFacts } from '../domain/readiness.ts';
import type { InsideFacts } from './look-inside.ts';
import type { LookInput, OutsideFacts } from './look-outside.ts';
import { changeItem, getItem, lookKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

export interface ReportInput extends LookInput {
  readonly outside: OutsideFacts;
  readonly inside: InsideFacts;
}

export const keepReport = step('keep-report', async (input: ReportInput, { inventory, clock }: Needs) => {
  const { value: server } = await getItem(inventory, serverKey(input.partner, input.hostname));
  const { hostname, sitePort, publicIp } = server;
  const facts: ReadinessFacts = { hostname, sitePort, publicIp, ...input.outside, ...input.inside };
  const report = { askedAt: input.askedAt, seenAt: clock.now().toISOString(), facts };
  await changeItem(inventory, lookKey(input.partner, hostname), (look) =>
    look.report !== undefined && look.report.askedAt >= input.askedAt ? look : { ...look, report },
  );
  return done({}, 'the report is kept');
});
