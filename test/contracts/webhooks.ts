// What every Webhooks keeps; see the numbered rules of src/ports/webhooks.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Webhooks } from '../../src/ports/webhooks.ts';

export interface WebhooksUnderTest {
  readonly webhooks: Webhooks;
  readonly url: string;
  /** What the server has received, oldest first. */
  readonly received: () => readonly { readonly headers: Readonly<Record<string, unknown>>; readonly body: string }[];
  /** What the server answers from now on; `nothing`: it takes the question and stays silent. */
  readonly answer: (answer: { status: number; headers?: Record<string, string> } | 'nothing') => void;
  readonly close: () => Promise<void>;
}

export function webhooksContract(start: () => Promise<WebhooksUnderTest>): void {
  describe('as Webhooks', () => {
    let world: WebhooksUnderTest;
    const post = () => world.webhooks.post(world.url, { 'webhook-id': 'e1' }, '{"type":"order.closed"}');

    beforeEach(async () => {
      world = await start();
    });

    afterEach(() => world.close());

    it('sends body and headers once, as JSON', async () => {
      world.answer({ status: 204 });
      expect(await post()).toEqual({ status: 204, retryAfterMs: undefined });
      expect(world.received()).toHaveLength(1);
      expect(world.received()[0]).toMatchObject({
        headers: { 'webhook-id': 'e1', 'content-type': 'application/json' },
        body: '{"type":"order.closed"}',
      });
    });

    it.each([200, 302, 404, 410, 500, 503])('answers what the server said (%i), once', async (status) => {
      world.answer({ status, headers: { Location: world.url, 'Retry-After': '120' } });
      expect(await post()).toEqual({ status, retryAfterMs: 120_000 });
      expect(world.received()).toHaveLength(1);
    });

    it.each(['soon', '-5', 'Wed, 21 Oct 2037 07:28:00 GMT', '1e3'])(
      'makes nothing of Retry-After "%s"',
      async (value) => {
        world.answer({ status: 503, headers: { 'Retry-After': value } });
        expect(await post()).toEqual({ status: 503, retryAfterMs: undefined });
      },
    );

    it('is a problem when the server stays silent', async () => {
      world.answer('nothing');
      await expect(post()).rejects.toMatchObject({ name: 'webhook-unreachable' });
    });
  });
}
