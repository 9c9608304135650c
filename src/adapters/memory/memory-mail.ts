// Mail for workflow tests: kept in memory, refused or lost as the test says.

import { checkMailFields } from '../../domain/mail-fields.ts';
import { Problem } from '../../domain/problem.ts';
import type { Mail, MailMessage } from '../../ports/mail.ts';

/** What happens to a message: `lost-answer` is delivered, and the sender does not learn of it. */
export type MailFate = 'delivered' | 'refused' | 'not-delivered' | 'lost-answer';

export class MemoryMail implements Mail {
  readonly #delivered: MailMessage[] = [];
  readonly #fate: (message: MailMessage) => MailFate;

  constructor(fate: (message: MailMessage) => MailFate = () => 'delivered') {
    this.#fate = fate;
  }

  async send(message: MailMessage): Promise<void> {
    checkMailFields(message);
    const fate = this.#fate(message);
    if (fate === 'refused') throw new Problem('mail-refused', `mail to "${message.to}" was refused: 550 no such user`);
    if (fate !== 'not-delivered') this.#delivered.push(message);
    if (fate !== 'delivered') {
      throw new Problem('mail-not-delivered', `mail to "${message.to}" was not taken over: no 250`);
    }
  }

  /** Every delivery, oldest first; a message that was sent twice is there twice. */
  delivered(): readonly MailMessage[] {
    return [...this.#delivered];
  }

  deliveredTo(address: string): readonly MailMessage[] {
    return this.#delivered.filter(({ to }) => to === address);
  }
}
