// Signs a leaf for a CSR that has been accepted, the way a public CA would: nothing of the CSR but key and names is taken over.

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type Issuer, newSerial, SIGNING, wholeSeconds } from './issuer-certificates.ts';

const DAY_MS = 86_400_000;

/** Let's Encrypt dates leaves back by an hour, for clients whose clock is late. */
const BACKDATED_MS = 3_600_000;

/** The longest common name (ub-common-name, RFC 5280, appendix A.1). */
const LONGEST_COMMON_NAME = 64;

export interface LeafRequest {
  readonly publicKey: x509.PublicKey;
  readonly keyIsRsa: boolean;
  /** In the order they shall have in the SAN. */
  readonly names: readonly string[];
  /** The CSR's, if it had one. */
  readonly commonName: string | undefined;
}

export interface IssuedLeaf {
  readonly pem: string;
  readonly serial: string;
}

export interface LeafPlan {
  /** As CaProfile has it. */
  readonly lean: boolean;
  readonly lifetimeDays: number;
  readonly now: Date;
  /** Where the issuer's revocation list and the issuer are to be had. */
  readonly crlUrl: string;
  readonly issuerUrl: string;
}

export async function issueLeaf(request: LeafRequest, issuer: Issuer, plan: LeafPlan): Promise<IssuedLeaf> {
  const { names, publicKey } = request;
  const { lean, lifetimeDays, now, crlUrl, issuerUrl } = plan;
  const shown = lean ? undefined : commonNameOf(request);
  const notBefore = wholeSeconds(now.getTime() - BACKDATED_MS);
  const serial = newSerial();
  const usages =
    x509.KeyUsageFlags.digitalSignature | (request.keyIsRsa && !lean ? x509.KeyUsageFlags.keyEncipherment : 0);
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: new x509.Name(shown === undefined ? [] : [{ CN: [shown] }]),
    issuer: issuer.certificate.subjectName,
    notBefore,
    // Both ends are included (RFC 5280, 4.1.2.5), so a lifetime of n days ends a second earlier.
    notAfter: new Date(wholeSeconds(notBefore.getTime() + lifetimeDays * DAY_MS).getTime() - 1000),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: issuer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ...(lean ? [] : [await x509.SubjectKeyIdentifierExtension.create(publicKey)]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      new x509.CRLDistributionPointsExtension([crlUrl]),
      new x509.AuthorityInfoAccessExtension({ caIssuers: issuerUrl }),
      // Critical where the subject is empty (RFC 5280, 4.2.1.6).
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: 'dns' as const, value: name })),
        shown === undefined,
      ),
    ],
  });
  return { pem: `${leaf.toString('pem')}\n`, serial };
}

/** The CSR's, else the first that is short enough. */
function commonNameOf({ commonName, names }: LeafRequest): string | undefined {
  const candidates = commonName === undefined ? names : [commonName, ...names];
  return candidates.find((name) => name.length <= LONGEST_COMMON_NAME);
}
