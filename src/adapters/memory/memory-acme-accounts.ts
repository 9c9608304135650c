// Accounts of the authority in memory: whose key is whose, and which leaves they have had and taken back.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';

export class MemoryAcmeAccounts {
  readonly #base: string;
  /** Account URLs by the thumbprint of their key. */
  readonly #urls = new Map<string, string>();
  /** Account URLs by the fingerprint of their leaves. */
  readonly #leaves = new Map<string, string>();
  readonly #revoked = new Set<string>();

  constructor(base: string) {
    this.#base = base;
  }

  get size(): number {
    return this.#urls.size;
  }

  find(thumbprint: string): string | undefined {
    return this.#urls.get(thumbprint);
  }

  /** The account of the key, made if there is none; a URL that is claimed and is not the key's is `ca-account-refused`. */
  own(claimed: string | undefined, thumbprint: string): string {
    const url = this.#urls.get(thumbprint) ?? (claimed === undefined ? this.#make(thumbprint) : undefined);
    if (url !== undefined && (claimed === undefined || claimed === url)) return url;
    throw new Problem('ca-account-refused', 'unauthorized: the key is not that of the account');
  }

  changeKey(accountUrl: string, newThumbprint: string): void {
    if (this.#urls.has(newThumbprint)) throw new Problem('ca-refused', 'malformed: the key has an account already');
    for (const [thumbprint, url] of this.#urls) if (url === accountUrl) this.#urls.delete(thumbprint);
    this.#urls.set(newThumbprint, accountUrl);
  }

  noteIssued(chainPem: string, accountUrl: string): void {
    this.#leaves.set(new X509Certificate(chainPem).fingerprint256, accountUrl);
  }

  revoke(chainPem: string, by: string | KeyObject): void {
    const leaf = new X509Certificate(chainPem);
    const owner = this.#leaves.get(leaf.fingerprint256);
    const allowed = typeof by === 'string' ? owner === by : owner !== undefined && leaf.checkPrivateKey(by);
    if (!allowed) throw new Problem('ca-refused', 'unauthorized: not a leaf of the account');
    this.#revoked.add(leaf.fingerprint256.replaceAll(':', '').toLowerCase());
  }

  revoked(): readonly string[] {
    return [...this.#revoked];
  }

  #make(thumbprint: string): string {
    const url = `${this.#base}/${this.#urls.size + 1}`;
    this.#urls.set(thumbprint, url);
    return url;
  }
}
