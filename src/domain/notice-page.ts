// The parts of a notice, in the order in which they are read; plain text and HTML are both written from them, so their words cannot differ.

export interface NoticePage {
  readonly subject: string;
  /** What happens, a sentence or two each. After an empty line those up to the next belong together, as the lines about one DNS record do. */
  readonly lines: readonly string[];
  /** What it means to users. */
  readonly meaning: readonly Row[];
  /** For those who tell users in InfinityOne. */
  readonly announcement: { readonly heading: string; readonly text: string } | undefined;
  /** Where it is answered. */
  readonly link: { readonly label: string; readonly url: string } | undefined;
  /** What it is about, for those who look it up. */
  readonly about: readonly Row[];
  readonly sender: string;
}

export type Row = readonly [label: string, value: string];

/** No line of it is made of more than one part: what came from outside stays in its line. */
export function pageAsText({ lines, meaning, announcement, link, about, sender }: NoticePage): string {
  const paste = announcement === undefined ? [] : [[announcement.heading], [announcement.text]];
  const answer = link === undefined ? [] : [[link.label, link.url]];
  const blocks = [lines, ...answer, meaning.map(rowAsText), ...paste, about.map(rowAsText), [sender]];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

export function rowAsText([label, value]: Row): string {
  return `${label}: ${value}`;
}
