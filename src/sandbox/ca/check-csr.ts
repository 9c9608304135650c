// Whether a CSR may become the leaf of an order: signed by its own key, exactly the order's names, a key worth certifying.

import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { keyFault, thumbprintOf } from './acceptable-keys.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { LeafRequest } from './issue-leaf.ts';

const SAN = '2.5.29.17';

/** A CSR for 100 names with the largest key is smaller. */
const MOST_BYTES = 16_384;

/**
 * `csr` is DER as base64url, as it came in `{ "csr": … }`. `isAccountKey` is asked with the RFC 7638 thumbprint of the
 * CSR's key: an account key in a leaf is refused (RFC 8555, 11.1).
 * Refuses with `malformed` what is no CSR at all, with `badCSR` what is one but not for this order.
 */
export async function checkCsr(
  csr: unknown,
  names: readonly string[],
  isAccountKey: (thumbprint: string) => boolean,
): Promise<LeafRequest> {
  const request = readCsr(csr);
  const { publicKey, commonName, sans, hash } = partsOf(request);
  if (hash === 'SHA-1' || hash === 'MD5') throw new CaRefusal('badCSR', `CSR is signed with ${hash}`);
  if (!(await verifies(request))) throw new CaRefusal('badCSR', 'CSR is not signed by its own key');
  checkNames(sans, commonName, names);

  const key = createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' });
  const fault = keyFault(key);
  if (fault !== undefined) throw new CaRefusal('badCSR', `CSR's key is not acceptable: ${fault}`);
  if (isAccountKey(await thumbprintOf(key))) throw new CaRefusal('badCSR', 'CSR has the key of an account');
  return { publicKey, keyIsRsa: key.asymmetricKeyType === 'rsa', names, commonName };
}

function readCsr(csr: unknown): x509.Pkcs10CertificateRequest {
  if (typeof csr !== 'string' || !/^[A-Za-z0-9_-]+$/.test(csr)) {
    throw new CaRefusal('malformed', 'csr must be DER as base64url without padding');
  }
  const der = Buffer.from(csr, 'base64url');
  if (der.length > MOST_BYTES) throw new CaRefusal('malformed', `csr is longer than ${MOST_BYTES} bytes`);
  if (derLength(der) !== der.length) throw new CaRefusal('malformed', 'csr is not one whole DER value');
  try {
    return new x509.Pkcs10CertificateRequest(der);
  } catch {
    throw new CaRefusal('malformed', 'csr is no PKCS #10 request');
  }
}

interface CsrParts {
  readonly publicKey: x509.PublicKey;
  readonly commonName: string | undefined;
  readonly sans: readonly { readonly type: string; readonly value: string }[];
  readonly hash: string;
}

/** The library parses when a part is asked for, so each part may turn out to be nonsense here. */
function partsOf(request: x509.Pkcs10CertificateRequest): CsrParts {
  try {
    const commonNames = request.subjectName.getField('CN');
    if (commonNames.length > 1) throw new CaRefusal('badCSR', 'CSR has more than one common name');
    const extensions = request.getExtensions(SAN);
    if (extensions.length !== 1) throw new CaRefusal('badCSR', 'CSR must have one subjectAltName extension');
    const [extension] = extensions;
    const sans = extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items : [];
    return {
      publicKey: request.publicKey,
      commonName: commonNames[0],
      sans,
      hash: request.signatureAlgorithm.hash?.name,
    };
  } catch (error) {
    if (error instanceof CaRefusal) throw error;
    throw new CaRefusal('badCSR', 'CSR has parts that cannot be read');
  }
}

async function verifies(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

function checkNames(sans: CsrParts['sans'], commonName: string | undefined, names: readonly string[]): void {
  const foreign = sans.find((san) => san.type !== 'dns');
  if (foreign !== undefined) throw new CaRefusal('badCSR', `CSR has a subjectAltName of type ${quoted(foreign.type)}`);
  const wanted = new Set(sans.map((san) => san.value));
  if (wanted.size !== sans.length) throw new CaRefusal('badCSR', 'CSR has a subjectAltName twice');
  const tooMany = [...wanted].find((name) => !names.includes(name));
  if (tooMany !== undefined) throw new CaRefusal('badCSR', `CSR has ${quoted(tooMany)}, which is not in the order`);
  const missing = names.find((name) => !wanted.has(name));
  if (missing !== undefined) throw new CaRefusal('badCSR', `CSR lacks ${quoted(missing)}, which is in the order`);
  if (commonName !== undefined && !wanted.has(commonName)) {
    throw new CaRefusal('badCSR', `CSR's common name ${quoted(commonName)} is not among its subjectAltNames`);
  }
}

/** Header and content together of the DER value at the front; undefined if there is no definite length. */
function derLength(der: Buffer): number | undefined {
  const first = der[1];
  if (der[0] !== 0x30 || first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const bytes = first & 0x7f;
  if (bytes === 0 || bytes > 4 || der.length < 2 + bytes) return undefined;
  return 2 + bytes + der.readUIntBE(2, bytes);
}
