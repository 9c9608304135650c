// The proof at the end: a strict client's own handshake, told so that a person believes it.

import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';

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
    return describe(socket, name, port);
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

function describe(socket: TLSSocket, name: string, port: number): ServedProof {
  const leaf = socket.getPeerX509Certificate();
  if (!socket.authorized || leaf === undefined)
    throw new Error(`not trusted: ${socket.authorizationError?.message ?? 'no certificate'}`);
  return {
    name,
    port,
    protocol: socket.getProtocol() ?? 'unknown',
    subject: oneLine(leaf.subject),
    names: leaf.subjectAltName ?? 'none',
    path: pathOf(socket),
    fingerprint: leaf.fingerprint256,
    validFrom: leaf.validFromDate,
    validTo: leaf.validToDate,
  };
}

/** From the leaf to the root that was trusted, as OpenSSL built it. */
function pathOf(socket: TLSSocket): readonly string[] {
  const path: string[] = [];
  for (
    let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    at !== undefined && path.length < 6;
  ) {
    path.push(`CN=${at.subject.CN}`);
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return path;
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replaceAll('\n', ', ');
}
