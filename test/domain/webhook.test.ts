// Signatures that another program verifies, pauses between attempts, and what may be a webhook.

import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  DELIVERY_PAUSES_MS,
  nextDeliveryAt,
  parseWebhookSecret,
  parseWebhookUrl,
  signedHeaders,
} from '../../src/domain/webhook.ts';

const base64 = Buffer.alloc(32, 7).toString('base64');
const secret = `whsec_${base64}`;

describe('signedHeaders', () => {
  const body = JSON.stringify({ type: 'order.closed', timestamp: '2027-01-11T15:00:00.000Z', data: { name: 'Äna' } });
  const sign = (at = new Date()) => signedHeaders({ id: 'e1', body }, at, parseWebhookSecret(secret, 'secret'));

  it('are verified by the library of Standard Webhooks', () => {
    expect(new Webhook(secret).verify(body, { ...sign() })).toMatchObject({ type: 'order.closed' });
  });

  it('are refused for another body, another secret and another time', () => {
    expect(() => new Webhook(secret).verify(`${body} `, { ...sign() })).toThrow();
    expect(() => new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(body, { ...sign() })).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...sign(new Date(Date.now() - 3_600_000)) })).toThrow();
  });
});

describe('nextDeliveryAt', () => {
  const at = new Date('2027-01-11T15:00:00Z');
  const nextAfter = (attempts: number, askedMs?: number) => nextDeliveryAt(attempts, at, askedMs)?.getTime();

  it('grows from seconds to a day, and ends', () => {
    DELIVERY_PAUSES_MS.forEach((pauseMs, i) => {
      expect(nextAfter(i + 1)).toBe(at.getTime() + pauseMs);
    });
    expect(nextAfter(DELIVERY_PAUSES_MS.length + 1)).toBeUndefined();
  });

  it('is put off as the receiver asks, a day at most, and never brought forward', () => {
    expect(nextAfter(1, 60_000)).toBe(at.getTime() + 60_000);
    expect(nextAfter(1, 9e12)).toBe(at.getTime() + 86_400_000);
    expect(nextAfter(2, 1)).toBe(at.getTime() + 300_000);
  });
});

describe('parseWebhookUrl', () => {
  it('answers the URL as a URL writes it', () => {
    expect(parseWebhookUrl('HTTPS://Orders.Customer.Example/a b', 'url')).toBe('https://orders.customer.example/a%20b');
  });

  it.each([
    '',
    'orders',
    'http://orders.customer.example/',
    'https://a:b@orders.customer.example/',
    'https://o.example/#x',
    `https://o.example/${'x'.repeat(2048)}`,
  ])('refuses %j', (text) => {
    expect(() => parseWebhookUrl(text, 'url')).toThrow(expect.objectContaining({ name: 'bad-request', field: 'url' }));
  });
});

describe('parseWebhookSecret', () => {
  it.each([24, 32, 64])('takes %i bytes', (bytes) => {
    expect(parseWebhookSecret(`whsec_${Buffer.alloc(bytes, 1).toString('base64')}`, 'secret')).toHaveLength(bytes);
  });

  it.each([
    '',
    base64,
    'whsec_',
    'whsec_short',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `${secret}!`,
  ])('refuses %j and does not show it', (text) => {
    const refused = () => parseWebhookSecret(text, 'secret');
    expect(refused).toThrow(expect.objectContaining({ name: 'bad-request', field: 'secret' }));
    if (text.length > 6) expect(refused).not.toThrow(text.slice(6));
  });
});
