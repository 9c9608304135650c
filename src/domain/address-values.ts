// When two sets of IP addresses are the same set, however they are written.

/** Compared as sets: order, repetition and spelling (`2001:DB8::1`, `2001:db8:0::1`) do not matter. */
export function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a.map(canonicalAddress));
  const right = new Set(b.map(canonicalAddress));
  return left.size === right.size && [...left].every((address) => right.has(address));
}

/** RFC 5952 for IPv6, as the WHATWG URL parser writes it; anything else as it is. */
function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}
