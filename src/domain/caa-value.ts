// The value of a CAA issue or issuewild property, read by the letter of its grammar (RFC 8659, 4.2).

export interface IssueValue {
  /** Lower case; empty when nobody may issue. */
  readonly issuer: string;
  readonly parameters: readonly { readonly tag: string; readonly value: string }[];
}

const LABEL = '[A-Za-z0-9](?:-*[A-Za-z0-9])*';
const ISSUER = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const PARAMETER = new RegExp(`^(${LABEL})[ \\t]*=[ \\t]*([\\x21-\\x3a\\x3c-\\x7e]*)$`);

/** Undefined when it cannot be read: such a record lets nobody issue, and forbids nobody whom another record lets. */
export function parseIssueValue(text: string): IssueValue | undefined {
  const [issuer = '', ...rest] = text.split(';').map(trimmed);
  if (issuer !== '' && !ISSUER.test(issuer)) return undefined;
  // A final semicolon may end the list of parameters, and a lone one stand for none.
  const written = rest.at(-1) === '' ? rest.slice(0, -1) : rest;
  const parameters = written.map((parameter) => PARAMETER.exec(parameter));
  if (parameters.includes(null)) return undefined;
  return {
    issuer: issuer.toLowerCase(),
    parameters: parameters.map((found) => ({ tag: (found?.[1] ?? '').toLowerCase(), value: found?.[2] ?? '' })),
  };
}

/** WSP of RFC 5234, B.1: blanks and tabs alone. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
