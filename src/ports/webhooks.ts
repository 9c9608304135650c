// The way to the order system's own server, with an event in hand.

export interface WebhookAnswer {
  readonly status: number;
  /** `Retry-After` in milliseconds, where it is seconds. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/webhooks.ts checks each of them:
 *
 * 1. `post` sends the body as JSON with these headers, once, and answers what the server said, whatever the status. Redirects are answers, not followed.
 * 2. The server's certificate must hold for its name; the address is one the network port allows.
 * 3. No answer within 20 s, or none that is HTTP, is a `webhook-unreachable` problem that says why; the body of an answer is not read.
 */
export interface Webhooks {
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer>;
}
