// The order in which Route 53 lists zones and record sets, and how it writes their names.

/**
 * `www.example.com` → `com.example.www.`: names are listed by their labels from the right, a name directly before all that lies below it.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
 */
export function listingKey(name: string): string {
  return `${name.split('.').reverse().join('.')}.`;
}

export function compareListed(a: string, b: string): number {
  const [keyA, keyB] = [listingKey(a), listingKey(b)];
  if (keyA === keyB) return 0;
  return keyA < keyB ? -1 : 1;
}

/** `\052.Example.com.` → `*.example.com`: Route 53 writes unusual characters as octal `\ooo`. */
export function plainListed(name: string): string {
  const unescaped = name.replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return unescaped.toLowerCase().replace(/\.$/, '');
}
