// Telling people by e-mail.

export interface MailMessage {
  /** `<…@…>`; the same for every attempt at the same notice, so a repeat after a cut is recognised. */
  readonly messageId: string;
  /** One address. One message per person: *told* is known per person. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/mail.ts checks each of them:
 *
 * 1. `send` resolves when the recipient's server (or SES) has taken the message over (SMTP 250).
 * 2. A permanent refusal (5xx) is a `mail-refused` problem; anything else that fails, and a deadline of 30 s, is `mail-not-delivered`.
 * 3. Header fields cannot be smuggled in: line ends in `to`, `subject` or `messageId` are a `bad-request` problem.
 * 4. The password of the mail server appears in no error.
 */
export interface Mail {
  send(message: MailMessage): Promise<void>;
}
