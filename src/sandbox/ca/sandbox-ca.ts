// A small certificate authority on loopback: RFC 8555 to the letter, hostile by its dials, the same again after kill -9.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackgroundWork } from './background-work.ts';
import { type CaDials, type CaOperation, defaultCaDials, turnCaDials } from './ca-dials.ts';
import { type CaIssuers, openIssuers } from './ca-issuers.ts';
import { writeWhole } from './ca-journal.ts';
import { CaListener } from './ca-listener.ts';
import { CaNonces } from './ca-nonces.ts';
import type { CaProblemDocument } from './ca-refusal.ts';
import { CaUrls, findRoute } from './ca-routes.ts';
import { CaService, type HttpDelivery, type HttpQuestion } from './ca-service.ts';
import { CaStore } from './ca-store.ts';
import type { CaWorld } from './ca-world.ts';
import { CaFaults } from './hostile-answers.ts';
import { makeTlsIdentity } from './issuer-certificates.ts';
import { seededLuck } from './seeded-luck.ts';
import { resumeValidations } from './serve-authorizations.ts';
import { resumeIssuing } from './serve-finalize.ts';

const PORT_FILE = 'port';

export interface SandboxCaOptions {
  /** Keys, certificates and records are kept here, in files of mode 0600; the same folder is the same CA. */
  readonly folder: string;

  /** Where validation asks, as `127.0.0.1:5353`: all the authoritative servers. Each must hold the answer. */
  readonly dnsServers: readonly string[];

  /** @default - the port of this folder's last start, at first any that is free */
  readonly port?: number;

  /** @default - defaultCaDials */
  readonly dials?: Partial<CaDials>;

  /** For the dials only. @default - seededLuck(1) */
  readonly random?: () => number;

  /** For validity and expiry; delays run in real time. @default - the machine's clock */
  readonly now?: () => Date;

  /** Called after each request. */
  readonly onRequest?: (seen: CaRequestSeen) => void;
}

export interface CaRequestSeen {
  readonly operation: CaOperation | undefined;
  readonly method: string;
  readonly path: string;
  /** Undefined when a fault left the client without an answer. */
  readonly status: number | undefined;
  /** The ACME error type, without its prefix. */
  readonly errorType: string | undefined;
}

/**
 * An operation: requests let through to their work, with good signature and nonce, past rate limit and faults.
 * `refusedNonces`, `rateLimited`: refused by these dials. `validations`: begun. `issued`: leaves.
 */
export type CaCount = CaOperation | 'refusedNonces' | 'rateLimited' | 'validations' | 'issued';

export class SandboxCa {
  readonly #parts: CaParts;
  readonly #urls: CaUrls;
  readonly #counts = new Map<CaCount, number>();
  readonly #faults = new CaFaults();
  readonly #work = new BackgroundWork();
  #dials: CaDials = defaultCaDials;

  private constructor(parts: CaParts, options: SandboxCaOptions) {
    this.#parts = parts;
    this.#urls = new CaUrls(`https://localhost:${parts.listener.port}`);
    this.turn(options.dials ?? {});
    this.#serve(options);
  }

  /** Listens when it resolves; what an earlier life left unfinished is under way again. */
  static async start(options: SandboxCaOptions): Promise<SandboxCa> {
    const { folder, now = () => new Date(), port } = options;
    turnCaDials(defaultCaDials, options.dials ?? {});
    const issuers = await openIssuers(folder, now());
    // The port first: who does not get it must not touch the records of the CA that has it.
    const listener = await listen(folder, port, issuers);
    const store = await CaStore.open(folder).catch(async (error: unknown) => {
      await listener.close();
      throw error;
    });
    const ca = new SandboxCa({ issuers, store, listener }, options);
    await writeWhole(join(folder, PORT_FILE), String(listener.port));
    // For people, and for `openssl s_client -CAfile`.
    await writeWhole(join(folder, 'root.pem'), ca.rootPem);
    await writeWhole(join(folder, 'alternate-root.pem'), ca.alternateRootPem);
    await writeWhole(join(folder, 'tls-root.pem'), ca.tlsRootPem);
    return ca;
  }

  get directoryUrl(): string {
    return this.#urls.directory();
  }

  /** The root that leaves chain up to: what phones trust. PEM. */
  get rootPem(): string {
    return this.#parts.issuers.root.pem;
  }

  /** The root of the alternate chains. PEM. */
  get alternateRootPem(): string {
    return this.#parts.issuers.alternateRoot.pem;
  }

  /** The root of the API's own HTTPS: what clients of the API trust. PEM. */
  get tlsRootPem(): string {
    return this.#parts.issuers.tlsRoot.pem;
  }

  get dials(): CaDials {
    return this.#dials;
  }

  /** From the next request on. Turning `faults` starts their `times` anew. */
  turn(dials: Partial<CaDials>): void {
    this.#dials = turnCaDials(this.#dials, dials);
    if (dials.faults !== undefined) this.#faults.turn(dials.faults);
  }

  /** Since the start. */
  count(what: CaCount): number {
    return this.#counts.get(what) ?? 0;
  }

  /**
   * For each order URL of this folder's whole life: signed finalize requests that reached the order, whatever came of
   * them. More than one means that a client finalized twice.
   */
  finalizeCounts(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#parts.store.orders()].map((order) => [this.#urls.order(order.id), order.finalizeRequests]),
    );
  }

  /** `ariCertId` of every leaf that an order of this folder's whole life replaces (RFC 9773, 5). */
  replaced(): readonly string[] {
    return [...this.#parts.store.orders()].flatMap(({ replaces }) => replaces ?? []);
  }

  /** Lower hex, as in the leaves. */
  revokedSerials(): readonly string[] {
    return [...this.#parts.store.certificates()].flatMap(({ serial, revokedAt }) =>
      revokedAt === undefined ? [] : [serial],
    );
  }

  async close(): Promise<void> {
    await this.#work.stop();
    await this.#parts.listener.close();
    await this.#parts.store.close();
  }

  #serve({ dnsServers, now = () => new Date(), random = seededLuck(1), onRequest }: SandboxCaOptions): void {
    const { store, issuers, listener } = this.#parts;
    const world: CaWorld = {
      store,
      issuers,
      urls: this.#urls,
      dnsServers,
      dials: () => this.#dials,
      now,
      random,
      count: (what) => this.#count(what),
      inBackground: (key, work) => this.#work.begin(key, work),
    };
    const service = new CaService({
      world,
      nonces: new CaNonces(),
      faults: this.#faults,
      admitted: (operation) => this.#count(operation),
      refused: (why) => this.#count(why),
    });
    listener.serve({
      answer: (question) => service.answer(question),
      done: (question, delivery) => onRequest?.(seenOf(question, delivery)),
    });
    resumeValidations(world);
    resumeIssuing(world);
  }

  #count(what: CaCount): void {
    this.#counts.set(what, this.count(what) + 1);
  }
}

interface CaParts {
  readonly issuers: CaIssuers;
  readonly store: CaStore;
  readonly listener: CaListener;
}

/** At the port of last time unless told otherwise; another port would be another CA to whoever keeps an account URL. */
async function listen(folder: string, wanted: number | undefined, issuers: CaIssuers): Promise<CaListener> {
  const port = wanted ?? Number(await readFile(join(folder, PORT_FILE), 'utf8').catch(() => '0'));
  const identity = await makeTlsIdentity(issuers.tlsRoot);
  return CaListener.listen({ port, identity }).catch((cause: unknown) => {
    throw new Error(`port ${port} of this folder's CA is taken, or cannot be listened on`, { cause });
  });
}

function seenOf({ method, path }: HttpQuestion, delivery: HttpDelivery): CaRequestSeen {
  const answer = delivery.kind === 'send' ? delivery.answer : undefined;
  const isProblem = answer?.contentType === 'application/problem+json';
  const type = isProblem ? (JSON.parse(String(answer.body)) as CaProblemDocument).type : undefined;
  return {
    operation: findRoute(path)?.operation,
    method,
    path,
    status: answer?.status,
    errorType: type?.split(':').at(-1),
  };
}
