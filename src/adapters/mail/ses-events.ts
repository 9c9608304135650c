// What SES reports of a mail after it took it over, read from the notification of SNS that carries it.

import { isMailAddress } from '../../domain/mail-fields.ts';
import { MESSAGE_ID_TAG, messageIdOf } from './ses-message-id.ts';

/** About one mail and one recipient. `delivery`: the recipient's server has it. */
export interface SesReport {
  readonly kind: 'bounce' | 'complaint' | 'delivery';
  /** Ours, with its angle brackets. */
  readonly messageId: string;
  readonly address: string;
  /** In the words of whoever reports it; from outside, one line. */
  readonly why: string;
  /** As SES says it. */
  readonly at: Date;
}

/** SNS carries at most 256 KB; https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html. */
const MAX_TEXT = 262_144;
const MAX_WHY = 500;

/** Ours go to one person each; SES writes at most 50 recipients. */
const MAX_RECIPIENTS = 50;
const MESSAGE_ID = /^<[^<>\s]{1,900}>$/;

/**
 * Reports of one notification, none where it is nothing for us: a bounce that may still be delivered (`Transient`), a delivery delay, an opening, a
 * notification of another kind. `text` is the body SNS sends over HTTP or SQS, with its envelope or raw, or the `Sns` part of a
 * Lambda event as JSON. Whoever calls it has made sure that it came from our topic: anybody can write such a text.
 */
export function readSesEvent(text: string): readonly SesReport[] {
  const event = eventIn(text);
  if (event === undefined) return [];
  const mail = recordAt(event, 'mail');
  const messageId = mail && ourMessageId(mail);
  if (messageId === undefined) return [];
  // Event publishing says `eventType`, feedback notifications of an identity `notificationType`.
  const about = textAt(event, 'eventType') ?? textAt(event, 'notificationType');
  if (about === 'Bounce') return bounces(messageId, recordAt(event, 'bounce'));
  if (about === 'Complaint') return complaints(messageId, recordAt(event, 'complaint'));
  if (about === 'Delivery') return deliveries(messageId, recordAt(event, 'delivery'));
  return [];
}

type Fields = Readonly<Record<string, unknown>>;

function bounces(messageId: string, bounce: Fields | undefined): readonly SesReport[] {
  if (bounce === undefined || textAt(bounce, 'bounceType') !== 'Permanent') return [];
  const at = dateAt(bounce, 'timestamp');
  const seen = `${textAt(bounce, 'bounceType')} ${textAt(bounce, 'bounceSubType') ?? ''}`.trim();
  return recipientsAt(bounce, 'bouncedRecipients').map(({ address, fields }) => ({
    ...({ kind: 'bounce', messageId, address, at } as const),
    why: oneLine(textAt(fields, 'diagnosticCode') ?? seen),
  }));
}

function complaints(messageId: string, complaint: Fields | undefined): readonly SesReport[] {
  if (complaint === undefined) return [];
  const at = dateAt(complaint, 'timestamp');
  const why = oneLine(textAt(complaint, 'complaintFeedbackType') ?? 'called unwanted');
  return recipientsAt(complaint, 'complainedRecipients').map(({ address }) => ({
    ...({ kind: 'complaint', messageId, address, why, at } as const),
  }));
}

function deliveries(messageId: string, delivery: Fields | undefined): readonly SesReport[] {
  const recipients = delivery?.recipients;
  if (delivery === undefined || !Array.isArray(recipients)) return [];
  const at = dateAt(delivery, 'timestamp');
  const why = oneLine(textAt(delivery, 'smtpResponse') ?? 'taken over');
  return recipients
    .slice(0, MAX_RECIPIENTS)
    .filter((address): address is string => typeof address === 'string' && isMailAddress(address))
    .map((address) => ({ kind: 'delivery', messageId, address, why, at }));
}

/** The tag first: it is ours alone. SES leaves the Message-ID it was given in `headers` and `commonHeaders`, until they are cut for length. */
function ourMessageId(mail: Fields): string | undefined {
  const tags = recordAt(mail, 'tags')?.[MESSAGE_ID_TAG];
  const tagged = Array.isArray(tags) && typeof tags[0] === 'string' ? messageIdOf(tags[0]) : undefined;
  const headers = Array.isArray(mail.headers) ? mail.headers.map(asRecord) : [];
  const header = headers.find((field) => field !== undefined && /^message-id$/i.test(textAt(field, 'name') ?? ''));
  const common = recordAt(mail, 'commonHeaders');
  const found = [tagged, header && textAt(header, 'value'), common && textAt(common, 'messageId')];
  return found.map((id) => id?.trim()).find((id) => id !== undefined && MESSAGE_ID.test(id));
}

function eventIn(text: string): Fields | undefined {
  const outer = parsed(text);
  const isEnvelope = outer !== undefined && typeof outer.Message === 'string' && outer.eventType === undefined;
  return isEnvelope ? parsed(String(outer.Message)) : outer;
}

function parsed(text: string): Fields | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function recipientsAt(fields: Fields, name: string): readonly { readonly address: string; readonly fields: Fields }[] {
  const list = fields[name];
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_RECIPIENTS).flatMap((entry: unknown) => {
    const recipient = asRecord(entry);
    // `Zoë <zoe@northwind.test>` is what some servers report.
    const said = recipient && textAt(recipient, 'emailAddress');
    const address = said === undefined ? undefined : (/<([^<>\s]{1,254})>\s*$/.exec(said.slice(0, 600))?.[1] ?? said);
    return recipient && address !== undefined && isMailAddress(address) ? [{ address, fields: recipient }] : [];
  });
}

function recordAt(fields: Fields, name: string): Fields | undefined {
  return asRecord(fields[name]);
}

function asRecord(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dateAt(fields: Fields, name: string): Date {
  const at = new Date(textAt(fields, name) ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

function oneLine(text: string): string {
  return text
    .slice(0, MAX_WHY)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}
