// What issuers publish, read from where a certificate says it is: their certificates and revocation lists (RFC 5280, 4.2.2.1 and 4.2.1.13).

/**
 * Rules: plain `http:` URLs alone, as authorities publish them, through the network port; one request, nothing followed, at most `maxBytes` within 5 s, all in all. What
 * cannot be had for whatever reason is undefined: it is never a reason to stop.
 */
export interface PublishedIssuers {
  find(url: string, maxBytes: number): Promise<Uint8Array | undefined>;
}
