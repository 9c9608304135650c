// Where a certificate in service also stands for others to use: a store of certificates, as load balancers read it.

export interface CertificateToPublish {
  readonly partner: string;
  /** Hostname of the server it is in service on. */
  readonly server: string;
  /** PEM, leaf first, then intermediates. */
  readonly chainPem: string;
  /** PEM, PKCS #8, without passphrase. */
  readonly privateKeyPem: string;
  /** What an earlier `publish` for this server answered. @default - it is looked for by partner and server */
  readonly reference?: string | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/publications.ts checks each of them:
 *
 * 1. `publish` answers a reference, under which the store has exactly this leaf, chain and key, marked with partner and server.
 * 2. With a reference the certificate takes the place of the one there: who uses it gets the new one, and the reference stays.
 * 3. It is idempotent: without a reference (the answer to an earlier call was lost) what stands for this partner and server is found and
 *    replaced; one that is gone is published anew. Never is that of another partner or server touched.
 * 4. A chain that holds no certificate or a key that is not the leaf's is `publication-refused`, and nothing has changed.
 * 5. A store that is away or asks for patience is `publication-unavailable`. No error shows anything of the key.
 */
export interface Publications {
  publish(certificate: CertificateToPublish): Promise<{ readonly reference: string }>;
}
