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
import {
  openVault,
  PARTNER,
  type SandboxService,
  type ServiceWorld,
  startService,
} from '../../src/sandbox/sandbox-service.ts';
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
  /** Puts other people's programs in the place of parts of the sandbox. @default - the sandbox alone */
  readonly meet?: (outside: SandboxOutside, authorizedKey: string) => Promise<ServiceWorld>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** For tests over it: a second or two of work, and however long a busy machine makes of that. */
export const patient = { timeout: 120_000 };

export const ANA = 'ana@northwind.test';
export const OPS = 'ops@emetrotel.test';

const CALM_CA: Partial<CaDials> = {
  refuseNonces: 0,
  reuseAuthorizations: 0,
  validationDelayMs: [0, 10],
  finalizeDelayMs: [0, 10],
  earlyWindows: 0,
};
const CALM_ROUTE53: Partial<Route53Dials> = { ...kindRoute53Dials, requestsPerSecond: 1000 };
const CALM_UCX: Partial<UcxDials> = { restartMs: 50, bootMs: 50 };

/** A machine that is busy with other tests takes its time. */
const PATIENCE_MS = 60_000;
/** Each look reads the whole order out of the inventory, which costs more than it looks. */
const LOOK_MS = 150;

export class SandboxRun {
  /** Of the orders it places. */
  readonly policy = ALWAYS;
  /** As `prepare` announces it; what is missed or rolled back is not tried again. */
  readonly onlyOnce = { ...ALWAYS, minimumNoticeSeconds: 3600, maxPostponements: 0 };
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

  static async start({ dials = {}, profile = {}, meet }: SandboxRunOptions = {}): Promise<SandboxRun> {
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
    const world = meet === undefined ? outside : await meet(outside, authorizedKey);
    return new SandboxRun(folder, outside, await startService(join(folder, 'service'), 0, world));
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
    const late = AbortSignal.timeout(patienceMs);
    const { promise, reject } = Promise.withResolvers<never>();
    late.addEventListener('abort', () => reject(new Error(`order "${id}" did not end within ${patienceMs} ms`)));
    try {
      await Promise.race([this.service.engine.whenEnded(id), promise]);
    } catch (error) {
      if (late.aborted) throw new Error(JSON.stringify(await this.order(id)), { cause: error });
      throw error;
    }
    return this.order(id);
  }

  /**
   * From nothing to a staged set whose restart was announced with an hour's notice, so that a test has the time to turn dials; or to the
   * end, if the order does not come that far.
   */
  async prepare(change: object = {}): Promise<string> {
    const id = await this.place({ windowPolicy: { ...this.policy, minimumNoticeSeconds: 3600 }, ...change });
    await this.until(id, (order) => order.appointment?.state === 'announced' || isClosed(order));
    return id;
  }

  /** Until there is a certificate; the order goes on behind. */
  async issued(id: string): Promise<OrderAnswer> {
    const order = await this.until(id, (seen) => seen.fingerprint !== undefined || isClosed(seen));
    if (order.fingerprint === undefined) throw new Error(`stopped: ${JSON.stringify(order.problem)}`);
    return order;
  }

  /** A person has the announced restart done now; until the order's end. */
  async runNow(id: string): Promise<OrderAnswer> {
    await this.changeRestart(id, 'run-now');
    return this.ended(id);
  }

  /** From nothing to its end, whatever that is. */
  async fulfil(change: object = {}): Promise<OrderAnswer> {
    const id = await this.prepare(change);
    return isClosed(await this.order(id)) ? this.ended(id) : this.runNow(id);
  }

  /** From nothing to a staged set; then the restart is cancelled, so that the next order may come. */
  async obtain(change: object = {}): Promise<OrderAnswer> {
    const id = await this.prepare(change);
    if (!isClosed(await this.order(id))) await this.changeRestart(id, 'cancel');
    return this.ended(id);
  }

  /** As a person does it: who was told that somebody was faster tries again. */
  async changeRestart(id: string, act: 'confirm' | 'run-now' | 'cancel'): Promise<void> {
    const { appointment } = await this.order(id);
    for (let attempt = 1; ; attempt += 1) {
      const { status, body } = await this.ask('POST', `/v1/appointments/${appointment?.id}/${act}`);
      if (status === 200) return;
      if (body.code !== 'appointment-changed' || attempt === 5) throw new Error(`not done: ${JSON.stringify(body)}`);
    }
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

  /** Has the SSH key changed and waits for the rotation's end, whatever that is; answers `GET /v1/ssh-key`. */
  async rotateSshKey(): Promise<HttpAnswer['body']> {
    const { status, body } = await this.ask('POST', '/v1/ssh-key/rotate', { replaces: 1 });
    if (status !== 202) throw new Error(`not begun: ${JSON.stringify(body)}`);
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const { body: now } = await this.ask('GET', '/v1/ssh-key');
      if (!JSON.stringify(now).includes('"under-way"')) return now;
      if (performance.now() > endsAt) throw new Error(`the rotation does not end: ${JSON.stringify(now)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  server(): Promise<HttpAnswer> {
    return this.ask('GET', `/v1/servers/${NORTHWIND.hostname}`);
  }

  /** Mails about one order, oldest first. */
  async mailsAbout(orderId: string): Promise<readonly KeptMail[]> {
    const mails = await this.outside.mail.mails.list();
    return mails.filter(({ text }) => text.includes(`Order: ${orderId}`));
  }

  /** Who was told what about one order, in as few words as identify it; each Message-ID once, in the order of their first delivery. */
  async told(orderId: string): Promise<readonly string[]> {
    const mails = await this.mailsAbout(orderId);
    const first = mails.filter((mail, i) => mails.findIndex(({ messageId }) => messageId === mail.messageId) === i);
    return first.map(({ to, subject }) => `${to}: ${inShort(subject)}`);
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
  stepInput(
    orderId: string,
    visit = 900,
  ): { readonly partner: string; readonly orderId: string; readonly visit: number } {
    return { partner: PARTNER, orderId, visit };
  }

  log(): Promise<string> {
    return readFile(join(this.folder, 'service', 'service.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.outside.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function inShort(subject: string): string {
  return subject.replace(/ on pbx\.northwind\.test now$/, ' now').replace(/:? (?:on )?pbx\.northwind\.test.*/, '');
}

function isClosed({ state }: OrderAnswer): boolean {
  return ['done', 'needs-attention', 'cancelled'].includes(state);
}

/** A window that is always open: two that overlap, so that one leaves room at any time of day. */
const ALWAYS = {
  timeZone: 'Etc/UTC',
  windows: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].flatMap((day) => [
    { day, start: '00:00', end: '24:00' },
    { day, start: '12:00', end: '12:00' },
  ]),
  minimumNoticeSeconds: 0,
};

/** As `npm start` orders, but without notice. */
export function quickOrder(): object {
  return { ...sandboxOrder(NORTHWIND.hostname, NORTHWIND.publicIp, new Date()), windowPolicy: ALWAYS };
}
