// Reads and writes the small XML that Route 53 speaks: elements and text, nothing else.

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text directly inside, entities resolved, white space at both ends removed. */
  readonly text: string;
}

const DEPTH_LIMIT = 20;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined for anything that is not one well-formed element; document types, CDATA and comments are not taken. */
export function readXml(text: string): XmlElement | undefined {
  const token = /<\?xml[^>]*\?>|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const root: OpenElement = { name: '', children: [], text: '' };
  const open: OpenElement[] = [root];
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    const parent = open.at(-1);
    if (!found || !parent) return undefined;
    const [, closing, name, , selfClosing, characters] = found;
    if (characters !== undefined) parent.text += characters;
    else if (name !== undefined && closing === '/') {
      if (open.length === 1 || parent.name !== name) return undefined;
      open.pop();
    } else if (name !== undefined) {
      const element: OpenElement = { name, children: [], text: '' };
      parent.children.push(element);
      if (selfClosing !== '/') open.push(element);
      if (open.length > DEPTH_LIMIT) return undefined;
    }
  }
  const [only, ...more] = root.children;
  return open.length === 1 && more.length === 0 && root.text.trim() === '' && only ? closed(only) : undefined;
}

interface OpenElement {
  readonly name: string;
  readonly children: OpenElement[];
  text: string;
}

function closed({ name, children, text }: OpenElement): XmlElement {
  return { name, children: children.map(closed), text: resolved(text).trim() };
}

function resolved(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,6})|#x([0-9A-Fa-f]{1,5})|(\w+));/g, (whole, decimal, hex, named) => {
    if (named !== undefined) return entities[named] ?? whole;
    return String.fromCodePoint(decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0];
}

/** The text of a child that must be there to matter; undefined when it is absent. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** An element around text (which is escaped) or around elements already written. */
export function xml(name: string, content: string | number | boolean | readonly string[]): string {
  const inner = Array.isArray(content) ? content.join('') : escaped(String(content));
  return `<${name}>${inner}</${name}>`;
}

/** A whole document in Route 53's name space. */
export function xmlDocument(name: string, content: readonly string[]): string {
  const space = 'https://route53.amazonaws.com/doc/2013-04-01/';
  return `<?xml version="1.0"?>\n<${name} xmlns="${space}">${content.join('')}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
