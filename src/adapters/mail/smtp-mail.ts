// Mail through an SMTP server: one recipient, one connection and one deadline per message.

import { isIP } from 'node:net';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { checkMailFields } from '../../domain/mail-fields.ts';
import { Problem } from '../../domain/problem.ts';
import type { Mail, MailMessage } from '../../ports/mail.ts';
import { mimeMessage } from './mime-message.ts';

export interface SmtpMailOptions {
  /** From settings, never from input. */
  readonly host: string;
  readonly port: number;

  /**
   * `starttls`: must be offered and must succeed; `implicit`: TLS from the first byte; both with a certificate that is right.
   * `none`: only to this machine, as in the sandbox.
   */
  readonly tls: 'starttls' | 'implicit' | 'none';

  /** PEM. @default - those that come with Node */
  readonly roots?: readonly string[];

  /** The password is asked for at each message and kept nowhere. @default - no log-in */
  readonly auth?: { readonly user: string; readonly password: () => Promise<string> };

  /** `Name <address>` or an address. */
  readonly from: string;

  /** From the first packet to the 250. @default 30_000 (rule 2 of the port) */
  readonly timeoutMs?: number;

  /** For the `Date` field of a message that does not say when it was written. @default - the machine's clock */
  readonly now?: () => Date;
}

/** Longest answer of a server we pass on. */
const MAX_ANSWER_LENGTH = 300;

/** How long a server may take over its answer to QUIT; the message is safe by then. */
const FAREWELL_MS = 1_000;

export class SmtpMail implements Mail {
  readonly #options: SmtpMailOptions;
  readonly #timeoutMs: number;
  readonly #now: () => Date;

  constructor(options: SmtpMailOptions) {
    if (options.tls === 'none' && !isThisMachine(options.host)) {
      throw new Problem(
        'bad-request',
        `mail server "${options.host}" is not this machine, so it must be reached by TLS`,
      );
    }
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#now = options.now ?? (() => new Date());
  }

  async send(message: MailMessage): Promise<void> {
    checkMailFields(message);
    const secrets: string[] = [];
    const connection = new SMTPConnection(this.#connectionOptions());
    const failed = Promise.withResolvers<never>();
    connection.on('error', failed.reject);
    failed.promise.catch(() => undefined);
    const late = () => failed.reject(new Error(`no 250 within ${this.#timeoutMs} ms`));
    const timer = setTimeout(late, this.#timeoutMs);
    try {
      await Promise.race([this.#deliver(connection, message, secrets), failed.promise]);
      connection.quit();
      setTimeout(() => connection.close(), FAREWELL_MS).unref();
    } catch (error) {
      connection.close();
      throw this.#problemOf(error, message, secrets);
    } finally {
      clearTimeout(timer);
    }
  }

  async #deliver(connection: SMTPConnection, message: MailMessage, secrets: string[]): Promise<void> {
    const { auth } = this.#options;
    const pass = await auth?.password();
    if (auth !== undefined && pass !== undefined) secrets.push(...spellings(auth.user, pass));
    const composed = mimeMessage(message, { from: this.#options.from, now: this.#now });
    const bytes = await composed.build();
    await settled((done) => connection.connect((error) => done(error)));
    if (auth !== undefined && pass !== undefined) {
      await settled((done) => connection.login({ user: auth.user, pass }, done));
    }
    const { from } = composed.getEnvelope();
    await settled((done) => connection.send({ from, to: message.to }, bytes, done));
  }

  #connectionOptions() {
    const { host, port, tls, roots, from } = this.#options;
    return {
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: {
        minVersion: 'TLSv1.2' as const,
        rejectUnauthorized: true,
        ...(roots === undefined ? {} : { ca: [...roots] }),
      },
      // What a client calls itself; the domain of the sender, not the name of a machine of ours.
      name: /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'localhost',
      connectionTimeout: this.#timeoutMs,
      greetingTimeout: this.#timeoutMs,
      dnsTimeout: this.#timeoutMs,
      socketTimeout: this.#timeoutMs,
      socketCloseTimeout: 0,
      maxResponseSize: 65_536,
    };
  }

  /** The library's error stays behind: it can hold what was sent. */
  #problemOf(error: unknown, { to }: MailMessage, secrets: readonly string[]): Problem {
    const server = `"${this.#options.host}" port ${this.#options.port}`;
    const { code, responseCode = 0, message = 'unknown cause' } = error as Partial<NodemailerError>;
    const said = redacted(message, secrets);
    // A refused STARTTLS is no word about the mail, and may be somebody in between.
    if (responseCode >= 500 && responseCode <= 599 && code !== 'ETLS') {
      return new Problem('mail-refused', `mail to "${to}" was refused by ${server}: ${said}`);
    }
    return new Problem('mail-not-delivered', `mail to "${to}" was not taken over by ${server}: ${said}`);
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The forms in which a log-in crosses the wire (RFC 4616, LOGIN), should a server echo them. */
function spellings(user: string, password: string): readonly string[] {
  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  return [inBase64(`\0${user}\0${password}`), inBase64(password), password].filter((text) => text !== '');
}

function redacted(text: string, secrets: readonly string[]): string {
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text);
  return clean.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, MAX_ANSWER_LENGTH);
}

async function settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
