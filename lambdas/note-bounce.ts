// When SES reports through SNS: takes told back where a mail came back.

import { noteBounce } from '../src/workflows/note-bounce.ts';
import { lambda } from './lambda.ts';
import { executions } from './wiring/executions.ts';
import { mailReportsIn } from './wiring/mail-reports.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';

/** SNS may call this function for our topic alone; what the notification says comes from other people's mail servers. */
export interface SnsEvent {
  readonly Records: readonly { readonly Sns: unknown }[];
}

/** One after the other: a report that fails has all of them sent again, and noting one twice changes nothing. */
export const handler = lambda(
  () => ({ ...stepServices(), ...telling(), executions: executions() }),
  async ({ Records }: SnsEvent, services) => {
    let noted = 0;
    for (const { Sns } of Records)
      for (const report of mailReportsIn(Sns)) noted += (await noteBounce(report, services)) === 'noted' ? 1 : 0;
    return { noted };
  },
);
