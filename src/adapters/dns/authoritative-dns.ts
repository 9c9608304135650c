// What one authoritative name server itself answers; never what some resolver remembers.

import { type DnsEndpoint, exchange } from './dns-exchange.ts';

export type AskedType = 'TXT' | 'A' | 'AAAA' | 'CNAME';

export interface AuthoritativeDnsOptions {
  /** Where a name server listens; undefined when that cannot be found out. */
  readonly addressOf: (server: string) => Promise<DnsEndpoint | undefined>;
  /** For one attempt. @default 2000 */
  readonly timeoutMs?: number;
  /** UDP loses packets. @default 2 */
  readonly attempts?: number;
}

const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

export class AuthoritativeDns {
  readonly #addressOf: AuthoritativeDnsOptions['addressOf'];
  readonly #timeoutMs: number;
  readonly #attempts: number;

  constructor({ addressOf, timeoutMs = 2000, attempts = 2 }: AuthoritativeDnsOptions) {
    this.#addressOf = addressOf;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
  }

  /**
   * The values of `name` at `server`, TXT strings joined to text, names as they were sent; empty when the server says there are none. An
   * alias is followed only as far as the server itself answers. Undefined when the server is silent, refuses, fails or does not
   * answer with authority: nothing is known then. Waits at most `timeoutMs` times `attempts`, beside `addressOf`.
   */
  async ask(server: string, name: string, type: AskedType): Promise<readonly string[] | undefined> {
    const endpoint = await this.#addressOf(server).catch(() => undefined);
    if (!endpoint) return undefined;
    for (let attempt = 1; attempt <= this.#attempts; attempt += 1) {
      const reply = await exchange(endpoint, { name, type }, this.#timeoutMs);
      if (!reply) continue;
      if (!reply.authoritative || (reply.rcode !== NO_ERROR && reply.rcode !== NO_SUCH_NAME)) return undefined;
      return reply.answers.flatMap((answer) => {
        if (answer.type === 'TXT') return type === 'TXT' ? [joined(answer.data)] : [];
        const isPlain = answer.type === 'A' || answer.type === 'AAAA' || answer.type === 'CNAME';
        return isPlain && answer.type === type ? [answer.data] : [];
      });
    }
    return undefined;
  }
}

/** The strings of one record are one text (RFC 8555, 8.4 compares the whole). */
function joined(data: string | Buffer | readonly (string | Buffer)[]): string {
  const strings: readonly (string | Buffer)[] = typeof data === 'string' || Buffer.isBuffer(data) ? [data] : data;
  return Buffer.concat(strings.map((part) => Buffer.from(part))).toString('utf8');
}
