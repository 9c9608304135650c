// Telling people by e-mail.

export interface MailMessage {
  /** `<…@…>`; the same for every attempt at the same notice, so a repeat after a cut is recognised. */
  readonly messageId: string;
  /** One address. One message per person: *told* is known per person. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same words as HTML. */
  readonly html?: string | undefined;
  /** An iCalendar object and what is to be done with it, as it stands in both (RFC 6047, 2.4). */
  readonly calendar?: { readonly method: 'PUBLISH' | 'CANCEL'; readonly content: string } | undefined;
  /** What its `Date` field says. @default - when it is sent */
  readonly writtenAt?: Date | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/mail.ts checks each of them:
 *
 * 1. `send` resolves when the recipient's server (or SES) has taken the message over (SMTP 250).
 * 2. A permanent refusal (5xx) is a `mail-refused` problem; anything else that fails, and a deadline of 30 s, is `mail-not-delivered`.
 * 3. Header fields cannot be smuggled in: line ends in `to`, `subject` or `messageId` are a `bad-request` problem.
 * 4. The password of the mail server appears in no error.
 * 5. Text, HTML and calendar arrive together, each as it was given; of the same message with the same `writtenAt`, every delivery is the same,
 *    octet for octet where there are octets.
 */
export interface Mail {
  send(message: MailMessage): Promise<void>;
}
