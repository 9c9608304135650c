// `npm start`: the whole service and the world around it on this machine, one order from HTTP to the proof on the wire.

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LiveView } from './live-view.ts';
import { type OrderAnswer, OrderClient, sandboxOrder } from './order-client.ts';
import { renewalIn, tellRenewal } from './renewal-view.ts';
import { NORTHWIND, type SandboxOutside, startOutside } from './sandbox-outside.ts';
import { openVault, type SandboxService, startService } from './sandbox-service.ts';
import { proveServed, tellProof } from './served-proof.ts';

const API_PORT = 21_380;
const LOOK_MS = 200;
const RENEWAL_MS = 10_000;

/** An order that is not through by then will not be: `--once` must end. */
const ONCE_DEADLINE_MS = 5 * 60_000;

const CLOSED = ['done', 'needs-attention', 'cancelled'];

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, fresh: { type: 'boolean' }, folder: { type: 'string' } },
  });
  const folder = values.folder ?? '.local';
  if (values.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  const view = new LiveView({ isTerminal: process.stdout.isTTY, write: (text) => process.stdout.write(text) });
  view.line(`UCx certificates, sandbox (Node ${process.version}); state in ${folder}/`);
  const { authorizedKey } = await openVault(join(folder, 'service'));
  const outside = await startOutside({ folder: join(folder, 'outside'), authorizedKey });
  const service = await startService(join(folder, 'service'), API_PORT, outside);
  view.line(`API ${service.url}/v1, OpenAPI ${service.url}/v1/openapi.json`);
  view.line('');

  const order = await follow(folder, service, view);
  const isProven = await showProof(folder, order, outside, view);
  if (isProven) await showRenewal(order, service, view);
  if (values.once) {
    await service.close();
    await outside.close();
    process.exit(isProven ? 0 : 1);
  }
  tellWhatNext(folder, order, service, view);
  process.once('SIGINT', () => process.exit(0));
  process.once('SIGTERM', () => process.exit(0));
}

/** Places the order exactly as the order system would: the key is kept before it is used, so a second start is the same order. */
async function follow(folder: string, service: SandboxService, view: LiveView): Promise<OrderAnswer> {
  const client = new OrderClient(service.url, service.token);
  const body = keptBody(folder, await isOver(folder, client));
  view.line(`POST /v1/orders for ${NORTHWIND.hostname} (Northwind Traders), Idempotency-Key ${body.key}`);
  let order = await client.place(body.key, body.order);
  const until = Date.now() + ONCE_DEADLINE_MS;
  while (!isThrough(order) && Date.now() < until) {
    await sleep(LOOK_MS);
    order = await client.get(order.id);
    view.show(order, new Date());
  }
  for (const notice of order.notices)
    view.line(
      `      told ${notice.to}: ${notice.subject}${notice.deliveredAt === undefined ? ' (not delivered)' : ''}`,
    );
  return order;
}

/** Closed, and everybody told: the last mails go out after the server is free again. */
function isThrough(order: OrderAnswer): boolean {
  const told = order.notices.length > 0 && order.notices.every((notice) => notice.deliveredAt !== undefined);
  const ended = order.timeline.every((entry) => entry.endedAt !== undefined);
  return CLOSED.includes(order.state) && told && ended && isLastWord(order);
}

/** A closed order ends with a notice that says so. */
function isLastWord(order: OrderAnswer): boolean {
  return order.notices.some(({ kind }) =>
    ['certificate-served', 'needs-attention', 'restart-cancelled'].includes(kind),
  );
}

interface KeptOrder {
  readonly key: string;
  readonly order: object;
}

function keptBody(folder: string, isOver: boolean): KeptOrder {
  const file = join(folder, 'order.json');
  if (existsSync(file) && !isOver) return JSON.parse(readFileSync(file, 'utf8'));
  const kept = {
    key: `npm-start-${randomUUID()}`,
    order: sandboxOrder(NORTHWIND.hostname, NORTHWIND.publicIp, new Date()),
  };
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600, flush: true });
  return kept;
}

async function isOver(folder: string, client: OrderClient): Promise<boolean> {
  const file = join(folder, 'order.json');
  if (!existsSync(file)) return true;
  const { key, order } = JSON.parse(readFileSync(file, 'utf8'));
  return CLOSED.includes((await client.place(key, order)).state);
}

async function showProof(
  folder: string,
  order: OrderAnswer,
  { ca, ucx }: SandboxOutside,
  view: LiveView,
): Promise<boolean> {
  view.line('');
  try {
    const proof = await proveServed(NORTHWIND.hostname, ucx.outsidePort, ca.rootPem);
    const isOrdered = proof.fingerprint.replaceAll(':', '').toLowerCase() === order.fingerprint;
    view.line(
      isOrdered
        ? 'Served: a strict client connects, and gets the certificate of this order.'
        : 'Served: another certificate than the one of this order.',
    );
    for (const line of tellProof(proof, relative('.', join(folder, 'outside', 'ca', 'root.pem')))) view.line(line);
    return isOrdered && order.state === 'done';
  } catch (error) {
    view.line(`Not served: ${error instanceof Error ? error.message : String(error)}`);
    if (order.problem !== undefined)
      view.line(`  ${order.problem.code} in ${order.problem.step}: ${order.problem.message}`);
    return false;
  }
}

/** The authority is asked within seconds; a newcomer need not wait for one that is away. */
async function showRenewal(order: OrderAnswer, service: SandboxService, view: LiveView): Promise<void> {
  const client = new OrderClient(service.url, service.token);
  const servedAt = new Date(order.timeline.at(-1)?.endedAt ?? Date.now());
  for (const until = Date.now() + RENEWAL_MS; Date.now() < until; await sleep(LOOK_MS)) {
    const renewal = renewalIn(await client.server(order.hostname), servedAt);
    if (renewal === undefined) continue;
    view.line('');
    return view.line(tellRenewal(renewal));
  }
}

function tellWhatNext(folder: string, order: OrderAnswer, service: SandboxService, view: LiveView): void {
  const next = join(folder, 'next-order.json');
  const patient = sandboxOrder(NORTHWIND.hostname, NORTHWIND.publicIp, new Date(), 3600);
  writeFileSync(next, JSON.stringify(patient, undefined, 2), { mode: 0o600 });
  const authorized = '-H "Authorization: Bearer $TOKEN"';
  const lines = [
    '',
    'The service goes on. In another terminal:',
    `  export TOKEN=${service.token}`,
    `  curl -s ${authorized} ${service.url}/v1/orders/${order.id}`,
    `  curl -s ${authorized} ${service.url}/v1/servers/${NORTHWIND.hostname}`,
    `  ls ${folder}/outside/mail`,
    `  UCX_CERTS_URL=${service.url} UCX_CERTS_TOKEN=$TOKEN npx ucx-certs readiness ${NORTHWIND.hostname}`,
    '',
    'Another order, with an hour of notice; its restart can be confirmed, moved, brought forward or cancelled:',
    `  curl -s ${authorized} -H "Content-Type: application/json" -H "Idempotency-Key: next-1" -d @${next} ${service.url}/v1/orders`,
    `  curl -s ${authorized} ${service.url}/v1/orders/<id>        # its appointment appears after some seconds`,
    `  curl -s ${authorized} -X POST ${service.url}/v1/appointments/<id>-a1/run-now`,
    '',
    'Ctrl-C or kill -9 stops it; npm start goes on where it was, npm start -- --fresh begins anew.',
  ];
  for (const line of lines) view.line(line);
}
