// `npm run test:policies [cases] [seed]`: very many restart policies against the oracle, with what came out of them.

import * as appointments from '../src/domain/appointment.ts';
import * as judgement from '../src/domain/policy-judgement.ts';
import { type Proof, provePolicy } from './support/policy-proof.ts';

const cases = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000));
console.log(`seed ${seed}, ${cases} cases`);

const startedAt = performance.now();
const counts = { accepted: 0, refused: 0, restarted: 0, 'needs-attention': 0, wrong: 0 };
for (let number = 0; number < cases; number += 1) count(provePolicy({ ...judgement, ...appointments }, seed, number));
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
console.log(
  `${counts.accepted} accepted (${counts.restarted} restarted, ${counts['needs-attention']} needed a person), ` +
    `${counts.refused} refused, ${counts.wrong} wrong, ${seconds} s`,
);
if (counts.wrong > 0 || counts.accepted === 0 || counts.refused === 0) process.exitCode = 1;

function count({ isAccepted, ending, wrong }: Proof): void {
  counts[isAccepted ? 'accepted' : 'refused'] += 1;
  if (ending !== undefined) counts[ending] += 1;
  if (wrong.length === 0) return;
  counts.wrong += 1;
  if (counts.wrong <= 10) console.log(wrong.join('\n'));
}
