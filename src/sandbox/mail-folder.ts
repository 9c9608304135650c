// Reading the mails that the sandbox's mail server keeps as files.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attachment, simpleParser } from 'mailparser';

export interface KeptMail {
  /** `<…@…>`, or empty. */
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
  /** What a calendar program is given, and the file beside it, which has the same content. */
  readonly calendar: { readonly method: string; readonly content: string; readonly file: string } | undefined;
  /** When the server took it over. */
  readonly at: Date;
  /** Name of the file in the folder. */
  readonly file: string;
}

const FILE_NAME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2}\.\d{3})Z-[0-9a-f-]{36}\.eml$/;

/** A folder of `.eml` files. Works while the server runs and after it has stopped. */
export class MailFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Oldest first; a folder that does not exist is empty. */
  async list(): Promise<readonly KeptMail[]> {
    const mails: KeptMail[] = [];
    for (const file of await this.#files()) mails.push(await this.#read(file));
    return mails;
  }

  /** How often each Message-ID was taken over. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { messageId } of await this.list()) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
    return counts;
  }

  async #files(): Promise<readonly string[]> {
    try {
      return (await readdir(this.path)).filter((name) => FILE_NAME.test(name)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async #read(file: string): Promise<KeptMail> {
    const {
      messageId = '',
      from,
      to,
      subject = '',
      text = '',
      html,
      attachments,
    } = await simpleParser(await readFile(join(this.path, file)));
    const recipients = Array.isArray(to) ? to : to === undefined ? [] : [to];
    return {
      messageId,
      from: from?.text ?? '',
      to: recipients.map((recipient) => recipient.text).join(', '),
      subject,
      text: text.trimEnd(),
      html: html === false ? undefined : html,
      calendar: calendarOf(attachments),
      at: new Date(file.replace(FILE_NAME, '$1-$2-$3T$4:$5:$6Z')),
      file,
    };
  }
}

function calendarOf(attachments: readonly Attachment[]): KeptMail['calendar'] {
  const part = attachments.find(({ contentType }) => contentType === 'text/calendar');
  const attached = attachments.find(({ contentType }) => contentType === 'application/ics');
  if (part === undefined || attached === undefined || !part.content.equals(attached.content)) return undefined;
  return { method: methodOf(part), content: part.content.toString(), file: attached.filename ?? '' };
}

/** RFC 6047, 2.4: a parameter of the part's Content-Type. */
function methodOf({ headers }: Attachment): string {
  const type = headers.get('content-type');
  const params: unknown = typeof type === 'object' && 'params' in type ? type.params : undefined;
  return typeof params === 'object' && params !== null && 'method' in params ? String(params.method) : '';
}
