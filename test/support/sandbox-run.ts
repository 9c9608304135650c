// The whole service against the sandbox world, in this process and in a folder of its own; orders come in over HTTP.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import type { CaDials } from '../../src/sandbox/ca/ca-dials.ts';
import type { KeptMail } from '../../src/sandbox/mail-folder.ts';
import type { MailDials } from '../../src/sandbox/mail-server.ts';
import { type OrderAnswer, OrderClient, sandboxOrder } from '../../src/sandbox/order-client.ts';
import { kindRoute53Dials, type Route53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { NORTHWIND, type SandboxOutside, startOutside } from '../../src/sandbox/sandbox-outside.ts';
import { openVault, PARTNER, type SandboxService, startService } from '../../src/sandbox/sandbox-service.ts';
import type { UcxDials } from '../../src/sandbox/ucx/ucx-dials.ts';

export interface SandboxRunOptions {
  /** What differs from a world that is calm and quick. */
  readonly dials?: {
    readonly ca?: Partial<CaDials>;
    readonly route53?: Partial<Route53Dials>;
    readonly ucx?: Partial<UcxDials>;
    readonly mail?: Partial<MailDials>;
  };
  readonly profile?: Partial<ConnectionProfile>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export const ANA = 'ana@northwind.test';
export const OPS = 'ops@emetrotel.test';

const CALM_CA: Partial<CaDials> = {
  refuseNonces: 0,
  reuseAuthorizations: 0,
  validationDelayMs: [0, 10],
  finalizeDelayMs: [0, 10],
};
const CALM_ROUTE53: Partial<Route53Dials> = { ...kindRoute53Dials, insyncDelayMs: 20, requestsPerSecond: 1000 };
const CALM_UCX: Partial<UcxDials> = { restartMs: 50, bootMs: 50 };

const CLOSED = ['done', 'needs-attention', 'cancelled'];
const PATIENCE_MS = 25_000;
const LOOK_MS = 50;

export class SandboxRun {
  readonly folder: string;
  readonly outside: SandboxOutside;
  readonly service: SandboxService;
  readonly #client: OrderClient;
  #placed = 0;

  private constructor(folder: string, outside: SandboxOutside, service: SandboxService) {
    this.folder = folder;
    this.outside = outside;
    this.service = service;
    this.#client = new OrderClient(service.url, service.token);
  }

  static async start({ dials = {}, profile = {} }: SandboxRunOptions = {}): Promise<SandboxRun> {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-run-'));
    const { authorizedKey } = await openVault(join(folder, 'service'));
    const outside = await startOutside({
      folder: join(folder, 'outside'),
      authorizedKey,
      outsidePort: 0,
      profile: { commitTimeoutSeconds: 5, restartTimeoutSeconds: 4, ...profile },
      dials: {
        ca: { ...CALM_CA, ...dials.ca },
        route53: { ...CALM_ROUTE53, ...dials.route53 },
        ucx: { ...CALM_UCX, ...dials.ucx },
        ...(dials.mail === undefined ? {} : { mail: dials.mail }),
      },
    });
    return new SandboxRun(folder, outside, await startService(join(folder, 'service'), 0, outside));
  }

  /** Over HTTP, with a key of its own; answers the order's id. */
  async place(change: object = {}): Promise<string> {
    this.#placed += 1;
    return (await this.#client.place(`order-${this.#placed}`, { ...quickOrder(), ...change })).id;
  }

  order(id: string): Promise<OrderAnswer> {
    return this.#client.get(id);
  }

  /** Looks until it holds; fails with what was seen last. */
  async until(id: string, holds: (order: OrderAnswer) => boolean, patienceMs = PATIENCE_MS): Promise<OrderAnswer> {
    const endsAt = performance.now() + patienceMs;
    for (;;) {
      const order = await this.order(id);
      if (holds(order)) return order;
      if (performance.now() > endsAt) throw new Error(`not within ${patienceMs} ms: ${JSON.stringify(order)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Until it is closed and everybody has been told how it ended. */
  async ended(id: string, patienceMs = PATIENCE_MS): Promise<OrderAnswer> {
    await this.until(id, ({ state }) => CLOSED.includes(state), patienceMs);
    await this.service.engine.whenEnded(id);
    return this.order(id);
  }

  /** From nothing to its end. */
  async fulfil(change: object = {}): Promise<OrderAnswer> {
    return this.ended(await this.place(change));
  }

  async ask(method: string, path: string, body?: object): Promise<HttpAnswer> {
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.service.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }

  server(): Promise<HttpAnswer> {
    return this.ask('GET', `/v1/servers/${NORTHWIND.hostname}`);
  }

  /** Of one person, oldest first. */
  async mailsTo(address: string): Promise<readonly KeptMail[]> {
    return (await this.outside.mail.mails.list()).filter(({ to }) => to === address);
  }

  async subjectsTo(address: string): Promise<readonly string[]> {
    return (await this.mailsTo(address)).map(({ subject }) => subject.replace(/:? (?:on )?pbx\.northwind\.test.*/, ''));
  }

  /** What an order may do once, as often as the world saw it. */
  effects(): { readonly finalized: readonly number[]; readonly restarts: number; readonly served: string | undefined } {
    const { ca, ucx } = this.outside;
    return {
      finalized: [...ca.finalizeCounts().values()],
      restarts: ucx.counts().restarts,
      served: ucx.served(),
    };
  }

  /** The order as a step gets it, for calling one by itself. */
  stepInput(orderId: string, visit = 900): { readonly partner: string; readonly orderId: string; readonly visit: number } {
    return { partner: PARTNER, orderId, visit };
  }

  log(): Promise<string> {
    return readFile(join(this.folder, 'service', 'service.log'), 'utf8');
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.outside.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** As `npm start` orders, in a window that is always open: two that overlap, so that one leaves room at any time of day. */
export function quickOrder(): object {
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  const windows = days.flatMap((day) => [
    { day, start: '00:00', end: '24:00' },
    { day, start: '12:00', end: '12:00' },
  ]);
  return {
    ...sandboxOrder(NORTHWIND.hostname, NORTHWIND.publicIp, new Date()),
    windowPolicy: { timeZone: 'Etc/UTC', windows, minimumNoticeSeconds: 0 },
  };
}
