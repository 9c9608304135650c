// Takes in an order with the customer's own certificate: judged first, then kept in the vault, then ordered like any other.

import { type Finding, finding, verdictOf } from '../domain/certificate-findings.ts';
import { CertificateRefusal } from '../domain/certificate-refusal.ts';
import { judgeName } from '../domain/leaf-rules.ts';
import { type ImportedSet, type OrderRequest, orderedNames, orderId } from '../domain/order.ts';
import { importedNames } from '../domain/vault-name.ts';
import { chainPemOf, type JudgedUpload, judgeUpload, type Upload } from '../steps/judge-upload.ts';
import { findKeyUse, orderKey } from '../steps/records.ts';
import { requestsFor, type ServerRequest } from '../steps/server-requests.ts';
import type { Services } from '../steps/services.ts';
import { knownIntermediates, trustOf } from '../steps/trust.ts';
import { type Accepted, acceptOrder } from './accept-order.ts';

type Needs = Pick<
  Services,
  'inventory' | 'vault' | 'executions' | 'clock' | 'settings' | 'log' | 'certificateFiles' | 'publishedIssuers'
>;

/**
 * The key goes from the request into the vault, under a name made of the leaf's fingerprint, and nowhere else. Problems, each before anything is kept:
 * `certificate-refused` with every finding that stands in the way (phones that would not connect are reason enough), those of reading the files; then those of `acceptOrder`.
 */
export async function acceptImport(
  partner: string,
  idempotencyKey: string,
  asked: { readonly request: OrderRequest; readonly upload: Upload },
  services: Needs,
): Promise<Accepted> {
  const { hostname } = asked.request;
  const requests = await requestsFor(partner, hostname, services);
  const judged = await judgeUpload(
    asked.upload,
    {
      hostname,
      now: services.clock.now(),
      trust: trustOf(services.settings),
      known: await knownIntermediates(services),
      needsKey: true,
      isOldServer: services.settings.profiles[asked.request.connectionProfile]?.onlyRsa === true,
      ourKeys: requests.map(({ publicKey }) => ({ publicKey, from: 'a request we made' })),
      findUse: (publicKey) => findKeyUse(partner, publicKey, hostname, services),
    },
    {
      certificateFiles: services.certificateFiles,
      published: services.publishedIssuers,
      asksRevocation: true,
    },
  );
  const { leaf, findings } = judged.judgement;
  const request = leaf && { ...asked.request, certificate: { fingerprint: leaf.fingerprint } };
  const known = await services.inventory.find(orderKey(partner, orderId(partner, idempotencyKey)));
  // what was accepted once stays accepted, also after its certificate has ended
  if (known !== undefined && request !== undefined) return acceptOrder(partner, idempotencyKey, request, services);

  const all: readonly Finding[] = [...findings, ...judgeOtherNames(judged, asked.request)];
  if (request === undefined || verdictOf(all) !== 'phones-connect') throw new CertificateRefusal(all);
  const imported = await keep(partner, judged, requests, services);
  const warnings = all.filter(({ severity }) => severity === 'warning').map(({ sentence }) => sentence);
  return acceptOrder(partner, idempotencyKey, request, services, { imported, warnings });
}

function judgeOtherNames({ judgement: { leaf } }: JudgedUpload, request: OrderRequest): readonly Finding[] {
  if (leaf === undefined) return [];
  return orderedNames(request)
    .slice(1)
    .flatMap((name) =>
      judgeName(leaf, name).length === 0 ? [] : [finding('name-not-covered', `it is not for ${name}`)],
    );
}

async function keep(
  partner: string,
  judged: JudgedUpload,
  requests: readonly ServerRequest[],
  { vault }: Needs,
): Promise<ImportedSet> {
  const chainPem = chainPemOf(judged.judgement);
  const names = importedNames(partner, judged.judgement.leaf?.fingerprint ?? '', chainPem);
  const chainRef = await vault.putOnce(names.chain, Buffer.from(chainPem));
  const ours = judged.ourKeyIndex === undefined ? undefined : requests[judged.ourKeyIndex];
  if (ours !== undefined) return { keyRef: ours.keyRef, chainRef };
  if (judged.keyPem === undefined) throw new Error('a certificate was accepted without a key');
  return { keyRef: await vault.putOnce(names.key, Buffer.from(judged.keyPem)), chainRef };
}
