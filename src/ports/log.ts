// Where operators read what the service did.

/** Values are what an operator may see: no key material, tokens, passwords. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A fixed sentence and fields; one line per call. */
export interface Log {
  info(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  error(sentence: string, fields?: LogFields): void;
}
