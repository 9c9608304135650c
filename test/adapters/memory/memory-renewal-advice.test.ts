// MemoryRenewalAdvice keeps the contract, with a function of the test for the authority.

import { describe, expect, it } from 'vitest';
import { MemoryRenewalAdvice } from '../../../src/adapters/memory/memory-renewal-advice.ts';
import { Problem } from '../../../src/domain/problem.ts';
import { type Advised, renewalAdviceContract } from '../../contracts/renewal-advice.ts';
import { makeRoot } from '../../support/leaves.ts';

const DAY_MS = 86_400_000;

describe('MemoryRenewalAdvice', () => {
  renewalAdviceContract(async () => {
    const root = await makeRoot();
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 90 * DAY_MS);
    const strangeEnd = new Date(notAfter.getTime() + DAY_MS);
    let advised: Advised = 'none';
    const advice = new MemoryRenewalAdvice({
      authorityIds: ['memory'],
      windowFor: (leaf) => {
        if (leaf.notAfter.getTime() === strangeEnd.getTime()) throw new Problem('ca-refused', 'never heard of it');
        if (advised === 'none') return undefined;
        const start = new Date(Date.now() + (advised === 'now' ? -DAY_MS : DAY_MS));
        return { start, end: new Date(start.getTime() + 2 * DAY_MS) };
      },
    });
    return {
      advice,
      authorityId: 'memory',
      chainPem: (await root.leaf({ names: ['pbx.northwind.test'], notAfter })).chainPem,
      strangeChainPem: (await root.leaf({ names: ['pbx.northwind.test'], notAfter: strangeEnd })).chainPem,
      advise: (to) => {
        advised = to;
      },
      close: async () => undefined,
    };
  });

  it('keeps the zero byte in front of a serial whose first bit is set (RFC 9773, 4.1)', async () => {
    const window = { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2027-01-02T00:00:00Z') };
    const advice = new MemoryRenewalAdvice({ authorityIds: ['memory'], windowFor: () => window });
    const { chainPem } = await (await makeRoot()).leaf({ names: ['pbx.northwind.test'], serial: '87654321' });
    expect((await advice.find('memory', chainPem))?.ariCertId).toMatch(/\.AIdlQyE$/);
  });
});
