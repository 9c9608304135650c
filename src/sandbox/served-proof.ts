// The proof at the end: a strict client's own handshake, told so that a person believes it.

import { X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';

export interface ServedProof {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly subject: string;
  readonly names: string;
  /** Issuers from the leaf up to the root. */
  readonly path: readonly string[];
  readonly fingerprint: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

const DEADLINE_MS = 5_000;
const MAX_PATH = 6;

/**
 * Connects to 127.0.0.1:`port` asking for `name`, trusts `rootPem` alone, and fails unless chain, name and dates hold (Node's own strict
 * verification). Nothing of the service is used: it could not prove itself.
 */
export async function proveServed(name: string, port: number, rootPem: string): Promise<ServedProof> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: name,
    ca: rootPem,
    rejectUnauthorized: true,
    timeout: DEADLINE_MS,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error(`no handshake within ${DEADLINE_MS} ms`)));
    });
    return describe(socket, { name, port, rootPem });
  } finally {
    socket.destroy();
  }
}

export function tellProof(proof: ServedProof, rootFile: string): readonly string[] {
  return [
    `  connected   ${proof.name}, site port 21326 (here 127.0.0.1:${proof.port}), ${proof.protocol}`,
    `  names       ${proof.names}`,
    `  chain       ${proof.path.join('  <-  ')}`,
    `  SHA-256     ${proof.fingerprint}`,
    `  valid       ${proof.validFrom.toISOString()} to ${proof.validTo.toISOString()}`,
    '',
    'The same with openssl:',
    `  openssl s_client -connect 127.0.0.1:${proof.port} -servername ${proof.name} -CAfile ${rootFile} -verify_return_error -verify_hostname ${proof.name} </dev/null`,
  ];
}

function describe(
  socket: TLSSocket,
  { name, port, rootPem }: { readonly name: string; readonly port: number; readonly rootPem: string },
): ServedProof {
  const leaf = socket.getPeerX509Certificate();
  if (!socket.authorized || leaf === undefined)
    throw new Error(`not trusted: ${socket.authorizationError?.message ?? 'no certificate'}`);
  return {
    name,
    port,
    protocol: socket.getProtocol() ?? 'unknown',
    subject: oneLine(leaf.subject),
    names: leaf.subjectAltName ?? 'none',
    path: pathOf(leaf, new X509Certificate(rootPem)),
    fingerprint: leaf.fingerprint256,
    validFrom: leaf.validFromDate,
    validTo: leaf.validToDate,
  };
}

/** From the leaf over what was sent to the root that was trusted, whether or not it was sent. */
function pathOf(leaf: X509Certificate, root: X509Certificate): readonly string[] {
  const path: string[] = [];
  for (
    let at: X509Certificate | undefined = leaf;
    at !== undefined && path.length < MAX_PATH;
    at = at.issuerCertificate
  ) {
    if (at.fingerprint256 === root.fingerprint256) break;
    path.push(oneLine(at.subject));
  }
  return [...path, oneLine(root.subject)];
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replaceAll('\n', ', ');
}
