// What a mail must look like before anyone tries to send it: one recipient, and no line end where a header could start.

import { Problem } from './problem.ts';

export interface MailFields {
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly calendar?: { readonly method: string; readonly content: string } | undefined;
}

/** RFC 5321, 4.5.3.1.3: a path has 256 octets, the brackets included. */
const MAX_ADDRESS_LENGTH = 254;

/** RFC 5322, 2.1.1, less the words `Message-ID: ` and `Subject: `. */
const MAX_HEADER_LENGTH = 900;

/** Ours: a notice is a page or two. */
const MAX_BODY_LENGTH = 262_144;

/** Ours: one event. It travels twice, once in base64. */
const MAX_CALENDAR_LENGTH = 65_536;

/** Those of RFC 5546 that we send; it becomes part of a header field. */
const METHODS = ['PUBLISH', 'CANCEL'];

const ONE_ADDRESS =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;
const MESSAGE_ID = /^<[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+>$/i;

/** Throws a `bad-request` problem that names the field. Quoted local parts and addresses beyond ASCII are not taken. */
export function checkMailFields({ messageId, to, subject, text, html = '', calendar }: MailFields): void {
  if (messageId.length > MAX_HEADER_LENGTH || !MESSAGE_ID.test(messageId)) {
    throw bad('messageId', 'messageId does not look like <local@domain>');
  }
  if (!isMailAddress(to)) throw bad('to', 'to is not one plain e-mail address');
  if (subject.length > MAX_HEADER_LENGTH || hasControlCharacter(subject)) {
    throw bad('subject', `subject has a line end or control character, or more than ${MAX_HEADER_LENGTH} characters`);
  }
  if (text.length > MAX_BODY_LENGTH) throw bad('text', `text has more than ${MAX_BODY_LENGTH} characters`);
  if (html.length > MAX_BODY_LENGTH) throw bad('html', `html has more than ${MAX_BODY_LENGTH} characters`);
  if (calendar !== undefined && !METHODS.includes(calendar.method)) {
    throw bad('calendar', `calendar has a method that is none of ${METHODS.join(', ')}`);
  }
  if (calendar !== undefined && calendar.content.length > MAX_CALENDAR_LENGTH) {
    throw bad('calendar', `calendar has more than ${MAX_CALENDAR_LENGTH} characters`);
  }
}

/** Whether mail may be sent there: what is taken as a contact must be an address that can be told. */
export function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && ONE_ADDRESS.test(text);
}

/** C0, DEL, C1 and the two line ends of Unicode. */
function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(text);
}

function bad(field: string, message: string): Problem {
  return new Problem('bad-request', message, { field });
}
