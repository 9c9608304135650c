// One way for everything that is brought: taken apart, judged, and completed from what is known or can be fetched. Keeps nothing.

import { createPublicKey } from 'node:crypto';
import { type CertificateFacts, publicKeyId, readCertificateFacts } from '../domain/certificate-facts.ts';
import { type Judgement, type JudgementRules, judgeCertificate } from '../domain/certificate-judgement.ts';
import { findRevocation } from '../domain/revocation-list.ts';
import type { CertificateFiles, Material, UploadedFile } from '../ports/certificate-files.ts';
import type { PublishedIssuers } from '../ports/published-issuers.ts';

export interface Upload {
  readonly files: readonly UploadedFile[];
  /** Secrets, tried on whatever is encrypted. */
  readonly passwords: readonly string[];
}

export interface UploadRules extends Omit<JudgementRules, 'usedBy'> {
  /** Hostname of another server that uses this `publicKeyId`. @default - nobody is asked */
  readonly findUse?: ((publicKey: string) => Promise<string | undefined>) | undefined;

  /** Keys that did not travel: `publicKeyId` of those in our vault, and how they are called. @default - none */
  readonly ourKeys?: readonly { readonly publicKey: string; readonly from: string }[] | undefined;
}

export interface JudgedUpload {
  readonly judgement: Judgement;
  readonly material: Material;
  /** For people: what was odd in the files. */
  readonly remarks: readonly string[];
  /** PKCS#8 PEM of the key that belongs to the leaf, where it was sent; a secret. */
  readonly keyPem: string | undefined;
  /** Index in `ourKeys` of the key that belongs to the leaf. */
  readonly ourKeyIndex: number | undefined;
}

interface Needs {
  readonly certificateFiles: CertificateFiles;
  /** For a missing issuer, and for revocation lists. @default - nothing is fetched */
  readonly published?: PublishedIssuers | undefined;
  /** Whether the list of the leaf's issuer is asked. @default false */
  readonly asksRevocation?: boolean;
}

/** An intermediate has an issuer of its own that may be missing; more in a row do not occur. */
const MAX_FETCHES = 3;

const MAX_ISSUER_BYTES = 64 * 1024;

/** Authorities split theirs so that each stays well below. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

/** Problems: those of `CertificateFiles.read`. */
export async function judgeUpload(upload: Upload, rules: UploadRules, needs: Needs): Promise<JudgedUpload> {
  const material = await needs.certificateFiles.read(upload.files, upload.passwords);
  const remarks = material.remarks.map(({ from, message }) => `${from}: ${message}`);
  const certificates = readAll(material, remarks);
  const sent = material.keys.map(({ pkcs8Pem, from }) => ({ publicKey: publicKeyId(createPublicKey(pkcs8Pem)), from }));
  const brought = { certificates, keys: [...sent, ...(rules.ourKeys ?? [])] };
  let known = rules.known;
  let judgement = judgeCertificate(brought, { ...rules, known });
  for (let fetches = 0; fetches < MAX_FETCHES && judgement.missingIssuerUrls.length > 0; fetches += 1) {
    const found = await fetchIssuers(judgement.missingIssuerUrls, needs);
    if (found.length === 0) break;
    known = [...known, ...found];
    judgement = judgeCertificate(brought, { ...rules, known });
  }
  const revocation = needs.asksRevocation === true ? await askList(judgement, rules.now, needs) : undefined;
  if (revocation !== undefined)
    judgement = judgeCertificate(brought, { ...rules, known, revocation: () => revocation });
  const other = judgement.leaf && (await rules.findUse?.(judgement.leaf.publicKey));
  if (other !== undefined)
    judgement = judgeCertificate(brought, { ...rules, known, revocation: () => revocation, usedBy: () => other });
  const { keyIndex = -1 } = judgement;
  return {
    judgement,
    material,
    remarks,
    keyPem: material.keys[keyIndex]?.pkcs8Pem,
    ourKeyIndex: keyIndex >= sent.length ? keyIndex - sent.length : undefined,
  };
}

/** What node:crypto cannot read is said and left out; the rest may do. */
function readAll({ certificates }: Pick<Material, 'certificates'>, remarks: string[]): readonly CertificateFacts[] {
  return certificates.flatMap(({ der, from }) => {
    try {
      return [readCertificateFacts(der)];
    } catch {
      remarks.push(`${from}: a certificate in it cannot be read and was left out`);
      return [];
    }
  });
}

/** Whatever comes from there is hostile: it is only used if it proves to have signed. */
async function fetchIssuers(
  urls: readonly string[],
  { published, certificateFiles }: Needs,
): Promise<readonly CertificateFacts[]> {
  for (const url of published === undefined ? [] : urls.slice(0, 2)) {
    try {
      const bytes = await published?.find(url, MAX_ISSUER_BYTES);
      if (bytes === undefined) continue;
      return readAll(await certificateFiles.read([{ name: 'issuer', bytes }], []), []);
    } catch {
      // as good as not there: the chain stays incomplete, and that is said
    }
  }
  return [];
}

/** Undefined where its issuer publishes no list, or there is nobody to ask for it. */
async function askList(
  { leaf, chain, root }: Judgement,
  now: Date,
  { published }: Needs,
): Promise<'good' | 'revoked' | 'unknown' | undefined> {
  const issuer = chain[1] ?? root;
  const [url] = leaf?.extensions.crlUrls ?? [];
  if (leaf === undefined || issuer === undefined || url === undefined || published === undefined) return undefined;
  const list = await published.find(url, MAX_LIST_BYTES);
  return list === undefined ? 'unknown' : findRevocation(list, leaf, issuer, now);
}

/** As it is kept and served: leaf first, one LF after each block, no root. */
export function chainPemOf({ chain }: Judgement): string {
  return chain.map(({ x509 }) => x509.toString()).join('');
}
