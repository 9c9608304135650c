// Source maps (ECMA-426) cut down to our own files: lines of packages tell nobody anything, and are most of a map.

interface SourceMap {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Of a digit's character code. */
const values = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, DIGITS.indexOf(String.fromCharCode(code))));

/** Sign and continuation take a bit each of six. */
const DIGIT_BITS = 5;
const MORE = 1 << DIGIT_BITS;

/** One place of the generated file: its column, and where it comes from: source, line, column; -1 = nowhere. */
type Place = readonly [column: number, source: number, line: number, sourceColumn: number];

/** Places in sources that match come from nowhere afterwards; names are left out. */
export function withoutMappingsOf(unwanted: RegExp, text: string): string {
  const map: SourceMap = JSON.parse(text);
  const kept = map.sources.filter((source) => !unwanted.test(source));
  const indexes = map.sources.map((source) => kept.indexOf(source));
  const lines = placesOf(map.mappings).map((line) => {
    const places = line.map(([column, source, ...at]): Place => [column, indexes[source] ?? -1, ...at]);
    return places.filter(([, source], index) => source >= 0 || (places[index - 1]?.[1] ?? -1) >= 0);
  });
  return JSON.stringify({ version: map.version, sources: kept, names: [], mappings: mappingsOf(lines) });
}

function placesOf(mappings: string): readonly (readonly Place[])[] {
  let [source, line, sourceColumn] = [0, 0, 0];
  return mappings.split(';').map((text) => {
    let column = 0;
    return text
      .split(',')
      .filter((segment) => segment !== '')
      .map((segment): Place => {
        const [toColumn = 0, toSource, toLine = 0, toSourceColumn = 0] = numbersIn(segment);
        column += toColumn;
        if (toSource === undefined) return [column, -1, 0, 0];
        source += toSource;
        line += toLine;
        sourceColumn += toSourceColumn;
        return [column, source, line, sourceColumn];
      });
  });
}

function mappingsOf(lines: readonly (readonly Place[])[]): string {
  let last: readonly [number, number, number] = [0, 0, 0];
  const texts = lines.map((places) => {
    let lastColumn = 0;
    const segments = places.map(([column, source, line, sourceColumn]) => {
      const toColumn = digits(column - lastColumn);
      lastColumn = column;
      if (source < 0) return toColumn;
      const steps = [source - last[0], line - last[1], sourceColumn - last[2]].map(digits);
      last = [source, line, sourceColumn];
      return toColumn + steps.join('');
    });
    return segments.join(',');
  });
  return texts.join(';');
}

function numbersIn(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (let at = 0; at < segment.length; at += 1) {
    const bits = values[segment.charCodeAt(at)] ?? 0;
    value += (bits & (MORE - 1)) << shift;
    shift += DIGIT_BITS;
    if ((bits & MORE) !== 0) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function digits(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const bits = rest & (MORE - 1);
    rest >>>= DIGIT_BITS;
    text += DIGITS[rest > 0 ? bits | MORE : bits];
  } while (rest > 0);
  return text;
}
