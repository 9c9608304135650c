// The public address of a server, as an order gives it.

import { Problem } from '../domain/problem.ts';
import { judgeAddress } from '../domain/public-address.ts';
import { quoted } from '../domain/quoted-text.ts';

/** Answers the address in its one spelling; anything a server on the public internet cannot have is `address-not-public`. */
export function judgePublicIp(text: string, field: string): string {
  const judged = judgeAddress(text);
  if (judged.ok) return judged.address;
  throw new Problem(
    'address-not-public',
    `${field} ${quoted(text)} is ${judged.why}; give the address at which phones reach the server from the internet`,
    { field },
  );
}
