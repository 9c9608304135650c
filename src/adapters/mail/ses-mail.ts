// Mail through Amazon SES: one request a message, the same octets that an SMTP server would get.

import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { checkMailFields } from '../../domain/mail-fields.ts';
import { Problem } from '../../domain/problem.ts';
import { withoutSecrets } from '../../domain/secret-text.ts';
import type { Mail, MailMessage } from '../../ports/mail.ts';
import { mimeMessage } from './mime-message.ts';
import { MESSAGE_ID_TAG, tagValueOf } from './ses-message-id.ts';

export interface SesMailOptions {
  /** Of the region the sender's domain is verified in; closed by whoever made it. */
  readonly client: SESv2Client;

  /** `Name <address>` or an address, of a domain verified with SES. */
  readonly from: string;

  /** Its event destination reports bounces, complaints and deliveries (`ses-events.ts`). */
  readonly configurationSet: string;

  /** With all attempts of the client. @default 30_000 (rule 2 of the port) */
  readonly timeoutMs?: number;

  /** For the `Date` field of a message that does not say when it was written. @default - the machine's clock */
  readonly now?: () => Date;
}

/** Longest answer of SES we pass on. */
const MAX_ANSWER_LENGTH = 300;

/**
 * What SES says of this message or this recipient; all else (sending paused, a domain not verified, a quota) is about us, and the same
 * message may go when it is mended. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
const REFUSALS: readonly string[] = ['BadRequestException', 'InvalidParameterValue', 'MessageRejected'];

/**
 * SES sends the message under a Message-ID of its own and keeps ours in what it reports; it is also given to it as a tag, so that a report finds
 * the notice whatever becomes of the header. A message whose answer was lost is sent again, as by SMTP, and then has two of SES's.
 */
export class SesMail implements Mail {
  readonly #options: SesMailOptions;
  readonly #timeoutMs: number;
  readonly #now: () => Date;

  constructor(options: SesMailOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#now = options.now ?? (() => new Date());
  }

  async send(message: MailMessage): Promise<void> {
    checkMailFields(message);
    const { client, from, configurationSet } = this.#options;
    const octets = withLineEnds(await mimeMessage(message, { from, now: this.#now }).build());
    const tag = tagValueOf(message.messageId);
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [message.to] },
      Content: { Raw: { Data: octets } },
      ConfigurationSetName: configurationSet,
      ...(tag === undefined ? {} : { EmailTags: [{ Name: MESSAGE_ID_TAG, Value: tag }] }),
    });
    const ended = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`no answer within ${this.#timeoutMs} ms`));
      ended.abort();
    }, this.#timeoutMs);
    const sent = client.send(command, { abortSignal: ended.signal });
    sent.catch(() => undefined);
    try {
      await Promise.race([sent, late.promise]);
    } catch (error) {
      throw problemOf(error, message.to);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** RFC 5322, 2.3: CR and LF together; an SMTP connection sees to it while it sends. Nothing in it is beyond ASCII. */
function withLineEnds(octets: Buffer): Buffer {
  return Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}

/** The library's error stays behind: it can hold what was sent. */
function problemOf(error: unknown, to: string): Problem {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: 'unknown cause' };
  const said = withoutSecrets(`${name}: ${message}`.slice(0, 2_000))
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .slice(0, MAX_ANSWER_LENGTH);
  if (REFUSALS.includes(name)) return new Problem('mail-refused', `mail to "${to}" was refused by SES: ${said}`);
  return new Problem('mail-not-delivered', `mail to "${to}" was not taken over by SES: ${said}`);
}
