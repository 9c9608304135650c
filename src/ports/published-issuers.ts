// Certificates of issuers, read from where a certificate says they are (RFC 5280, 4.2.2.1).

/**
 * Rules: plain `http:` URLs alone, as authorities publish them, through the network port; one request, nothing followed, at most 64 KB within 5 s, all in all. What
 * cannot be had for whatever reason is undefined: it is never a reason to stop.
 */
export interface PublishedIssuers {
  find(url: string): Promise<Uint8Array | undefined>;
}
