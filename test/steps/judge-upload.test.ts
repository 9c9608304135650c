// Reader and linter together: however the blocks of a bundle are ordered, repeated, wrapped and scattered over files, the verdict is the same.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ForgeCertificateFiles } from '../../src/adapters/forge/forge-certificate-files.ts';
import { makeTrust } from '../../src/domain/chain-building.ts';
import { chainPemOf, judgeUpload } from '../../src/steps/judge-upload.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { buy } from '../support/bought-certificates.ts';
import { makePair, selfSigned } from '../support/der-certificates.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const HOSTNAME = 'pbx.northwind.test';
const bought = buy([HOSTNAME], NOW);
const stray = selfSigned({ subject: 'Stranger', notBefore: NOW, notAfter: new Date('2040-01-01T00:00:00Z') });
const otherKey = makePair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const blocks = [bought.leaf.pem, bought.intermediate.pem, IMPORT_ROOT.pem, bought.keyPem, stray.pem, otherKey];
const rules = {
  ...{ hostname: HOSTNAME, now: NOW, known: [], needsKey: true },
  trust: makeTrust({ publicRoots: [], addedRoots: [IMPORT_ROOT.pem] }),
};
const certificateFiles = new ForgeCertificateFiles();

const wrappings: readonly ((pem: string) => string)[] = [
  (pem) => pem,
  (pem) => pem.replaceAll('\n', '\r\n'),
  (pem) => `\uFEFF${pem}`,
  (pem) => `Dear customer,\n\n${pem}\nyours truly`,
  (pem) => `Bag Attributes\n    friendlyName: pbx\nsubject=CN = x\n${pem}`,
  (pem) => pem.trimEnd(),
];

it('permuted, repeated, wrapped and in several files it is judged alike, and served alike', async () => {
  const usual = await judgeUpload({ files: [fileOf(blocks.join(''))], passwords: [] }, rules, { certificateFiles });
  expect(usual.judgement.verdict).toBe('phones-connect');
  const sent = fc.record({
    order: fc.shuffledSubarray(blocks, { minLength: blocks.length }),
    again: fc.subarray(blocks),
    wrap: fc.array(fc.nat(wrappings.length - 1), { minLength: 12, maxLength: 12 }),
    cut: fc.nat(5),
  });
  await fc.assert(
    fc.asyncProperty(sent, async ({ order, again, wrap, cut }) => {
      const texts = [...order, ...again].map((pem, i) => `${wrappings[wrap[i] ?? 0]?.(pem)}\n`);
      const files = [texts.slice(0, cut), texts.slice(cut)].filter(({ length }) => length > 0);
      const upload = { files: files.map((some, i) => fileOf(some.join(''), i)), passwords: [] };
      const { judgement, keyPem } = await judgeUpload(upload, rules, { certificateFiles });
      expect(judgement.verdict).toBe('phones-connect');
      expect(chainPemOf(judgement)).toBe(chainPemOf(usual.judgement));
      expect(keyPem).toBe(bought.keyPem);
    }),
    { seed: 20_261_126, numRuns: 150 },
  );
});

it('a missing intermediate is fetched from where the leaf says it is, and only used because it signed', async () => {
  const leaf = bought.intermediate.issue({
    ...{ names: [HOSTNAME], caIssuers: 'http://aia.test/i.cer' },
    ...{ notBefore: new Date(NOW.getTime() - 86_400_000), notAfter: new Date(NOW.getTime() + 80 * 86_400_000) },
  });
  const upload = { files: [fileOf(leaf.pem + leaf.keyPem)], passwords: [] };
  const fetching = (bytes: Uint8Array | undefined) => ({ certificateFiles, published: { find: async () => bytes } });
  const found = await judgeUpload(upload, rules, fetching(bought.intermediate.der));
  expect([found.judgement.verdict, found.judgement.chain.length]).toEqual(['phones-connect', 2]);
  for (const useless of [undefined, stray.der, Buffer.from('<html>moved</html>')]) {
    const { judgement } = await judgeUpload(upload, rules, fetching(useless));
    expect(judgement.findings.map(({ code }) => code)).toContain('chain-incomplete');
  }
});

function fileOf(text: string, number = 0) {
  return { name: `file-${number}.pem`, bytes: Buffer.from(text) };
}
