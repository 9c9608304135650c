// One way for everything that is brought: taken apart, judged, and completed from what is known or can be fetched. Keeps nothing.

import { createPublicKey } from 'node:crypto';
import { type CertificateFacts, publicKeyId, readCertificateFacts } from '../domain/certificate-facts.ts';
import { type Judgement, type JudgementRules, judgeCertificate } from '../domain/certificate-judgement.ts';
import type { CertificateFiles, Material, UploadedFile } from '../ports/certificate-files.ts';

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
  /** Reads what a certificate says its issuer is found at; undefined where there is nothing. @default - nothing is fetched */
  readonly fetchIssuer?: ((url: string) => Promise<Uint8Array | undefined>) | undefined;
}

/** An intermediate has an issuer of its own that may be missing; more in a row do not occur. */
const MAX_FETCHES = 3;

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
  const other = judgement.leaf && (await rules.findUse?.(judgement.leaf.publicKey));
  if (other !== undefined) judgement = judgeCertificate(brought, { ...rules, known, usedBy: () => other });
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
  { fetchIssuer, certificateFiles }: Needs,
): Promise<readonly CertificateFacts[]> {
  for (const url of fetchIssuer === undefined ? [] : urls.slice(0, 2)) {
    try {
      const bytes = await fetchIssuer?.(url);
      if (bytes === undefined) continue;
      return readAll(await certificateFiles.read([{ name: 'issuer', bytes }], []), []);
    } catch {
      // as good as not there: the chain stays incomplete, and that is said
    }
  }
  return [];
}

/** As it is kept and served: leaf first, one LF after each block, no root. */
export function chainPemOf({ chain }: Judgement): string {
  return chain.map(({ x509 }) => x509.toString()).join('');
}
