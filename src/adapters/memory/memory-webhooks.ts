// The order system's server in memory: what it was sent, and what a test has it answer.

import type { WebhookAnswer, Webhooks } from '../../ports/webhooks.ts';

export interface PostedEvent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class MemoryWebhooks implements Webhooks {
  readonly posted: PostedEvent[] = [];
  /** Throwing is no answer. */
  answer: () => Partial<WebhookAnswer> = () => ({});

  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer> {
    this.posted.push({ url, headers: { ...headers }, body });
    return { status: 200, retryAfterMs: undefined, ...this.answer() };
  }
}
