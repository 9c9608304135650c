// Texts on their way into a shell and out of it: quoted going in, cleaned and cut coming back.

/** One word for the shell, whatever is in it; POSIX 2.2.2: nothing but the quote itself is special between single quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a server said, fit for a log, a mail, a timeline: one line, no control characters, at most `max` characters. */
export function cleaned(text: string, max = 300): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const printable = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  return printable.length > max ? `${printable.slice(0, max - 1)}…` : printable;
}

/** `key=value` lines; the first of a key counts, as a later one could only have been smuggled in behind it. */
export function keyValues(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0 && !found.has(line.slice(0, at))) found.set(line.slice(0, at), line.slice(at + 1).trimEnd());
  }
  return found;
}
