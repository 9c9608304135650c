// Reading the mails that the sandbox's mail server keeps as files.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';

export interface KeptMail {
  /** `<…@…>`, or empty. */
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
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
    } = await simpleParser(await readFile(join(this.path, file)));
    const recipients = Array.isArray(to) ? to : to === undefined ? [] : [to];
    return {
      messageId,
      from: from?.text ?? '',
      to: recipients.map((recipient) => recipient.text).join(', '),
      subject,
      text: text.trimEnd(),
      at: new Date(file.replace(FILE_NAME, '$1-$2-$3T$4:$5:$6Z')),
      file,
    };
  }
}
