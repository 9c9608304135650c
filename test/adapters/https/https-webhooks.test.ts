// HttpsWebhooks keeps the contract against a real HTTPS server, and trusts neither certificates nor silence.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HttpsWebhooks } from '../../../src/adapters/https/https-webhooks.ts';
import { Problem } from '../../../src/domain/problem.ts';
import { type WebhooksUnderTest, webhooksContract } from '../../contracts/webhooks.ts';
import { makeRoot } from '../../support/leaves.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';

type Answer = Parameters<WebhooksUnderTest['answer']>[0];

async function startReceiver(name = 'orders.customer.test', timeoutMs = 300) {
  const root = await makeRoot();
  const { keyPem, chainPem } = await root.leaf({ names: [name] });
  let answer: Answer = { status: 200 };
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  const server: Server = createServer({ key: keyPem, cert: chainPem }, async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    if (answer === 'nothing') return;
    response.writeHead(answer.status, answer.headers).end('x'.repeat(100_000));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    root,
    port,
    webhooks: new HttpsWebhooks({ network: loopbackNetwork, roots: [root.pem], timeoutMs }),
    url: `https://orders.customer.test:${port}/ucx?x=1`,
    received: () => received,
    answer: (next: Answer) => {
      answer = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

describe('HttpsWebhooks', () => {
  webhooksContract(startReceiver);

  it('sends nothing to a server whose certificate is for another name, or of a root nobody trusts', async () => {
    const other = await startReceiver('other.customer.test');
    await expect(other.webhooks.post(other.url, {}, '{}')).rejects.toMatchObject({ name: 'webhook-unreachable' });
    const stranger = new HttpsWebhooks({ network: loopbackNetwork });
    await expect(stranger.post(other.url, {}, '{}')).rejects.toMatchObject({ name: 'webhook-unreachable' });
    expect(other.received()).toEqual([]);
    await other.close();
  });

  it('passes on that an address is refused', async () => {
    const connect = () => Promise.reject(new Problem('address-refused', 'private'));
    const webhooks = new HttpsWebhooks({ network: { connect } });
    await expect(webhooks.post('https://orders.customer.test/', {}, '{}')).rejects.toMatchObject({
      name: 'address-refused',
    });
  });

  it.each([
    { speaks: 'no TLS', greeting: 'HTTP/1.1 200 OK\r\n\r\n' },
    { speaks: 'nothing and hangs up', greeting: '' },
  ])('takes a server that speaks $speaks for none', async ({ greeting }) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).end(greeting, () => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const webhooks = new HttpsWebhooks({ network: loopbackNetwork, timeoutMs: 2000 });
    await expect(webhooks.post(`https://orders.customer.test:${port}/`, {}, '{}')).rejects.toMatchObject({
      name: 'webhook-unreachable',
    });
    await new Promise((done) => server.close(done));
  });
});
