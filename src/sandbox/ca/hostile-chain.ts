// What a certificate download holds for each position of the dial `chain`; only one position is a chain to install.

import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CaChainKind } from './ca-dials.ts';
import type { CaIssuers } from './ca-issuers.ts';
import type { CertificateRecord } from './ca-records.ts';
import type { CaUrls } from './ca-routes.ts';
import { issueLeaf } from './issue-leaf.ts';

/** What chains are made of; `root` is the one that signed these intermediates. */
export interface ChainParts extends Pick<CaIssuers, 'root' | 'intermediates'> {
  readonly urls: CaUrls;
}

/** PEM blocks, each with its final newline, joined by one more (RFC 8555, 9.1). */
export async function chainText(kind: CaChainKind, certificate: CertificateRecord, parts: ChainParts): Promise<string> {
  const { leafPem, intermediate } = certificate;
  const { root, intermediates } = parts;
  const signer = intermediates[intermediate === 1 ? 1 : 0];
  const other = intermediates[intermediate === 1 ? 0 : 1];
  switch (kind) {
    case 'right':
      return blocks(leafPem, signer.pem);
    case 'leaf-only':
      return blocks(leafPem);
    case 'wrong-order':
      return blocks(signer.pem, leafPem);
    case 'with-root':
      return blocks(leafPem, signer.pem, root.pem);
    case 'other-intermediate':
      return blocks(leafPem, other.pem);
    case 'other-key':
      return blocks(await changedLeaf(certificate, parts, 'key'), signer.pem);
    case 'other-names':
      return blocks(await changedLeaf(certificate, parts, 'names'), signer.pem);
    case 'private-key-block':
      return blocks(leafPem, newKeys().privateKey, signer.pem);
    case 'text-between':
      return blocks(leafPem, 'subject=CN = trust me\n', signer.pem);
    case 'thousand-blocks':
      return blocks(leafPem, ...Array.from({ length: 1000 }, () => signer.pem));
    case 'not-pem':
      return '<!doctype html><title>200 OK</title>\n';
  }
}

function blocks(...pems: readonly string[]): string {
  return pems.join('\n');
}

/** The same leaf in all that is not named, rightly signed. */
async function changedLeaf(
  { leafPem, intermediate }: CertificateRecord,
  { intermediates, urls }: ChainParts,
  changed: 'key' | 'names',
): Promise<string> {
  const leaf = new x509.X509Certificate(leafPem);
  const lifetimeDays = (leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000;
  const names = leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [];
  const publicKey = changed === 'key' ? new x509.PublicKey(newKeys().publicKey) : leaf.publicKey;
  const keyIsRsa = createPublicKey(publicKey.toString('pem')).asymmetricKeyType === 'rsa';
  const wanted = changed === 'names' ? names.map((name) => `not-${name.replace('*.', '')}`) : names;
  const request = { publicKey, keyIsRsa, names: wanted, commonName: undefined };
  const lean = leaf.getExtension(x509.SubjectKeyIdentifierExtension) === null;
  const places = { crlUrl: urls.crl(intermediate), issuerUrl: urls.issuer(intermediate) };
  const signer = intermediates[intermediate === 1 ? 1 : 0];
  return (await issueLeaf(request, signer, { lean, lifetimeDays, now: leaf.notBefore, ...places })).pem;
}

function newKeys(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
