// Servers in memory, for tests of workflows: what is staged, live and served, and what an activation does to them.

import { Duplex } from 'node:stream';
import { Problem } from '../../domain/problem.ts';
import type {
  ActivationPhase,
  ActivationView,
  Appliance,
  ApplianceAddress,
  ApplianceFacts,
  Appliances,
  CertificateSet,
} from '../../ports/appliances.ts';

export interface MemoryApplianceDials {
  readonly unreachable: boolean;
  readonly refusesKey: boolean;
  readonly hostKey: string;
  readonly diskFull: boolean;
  readonly serviceUp: boolean;
  readonly liveSetLoads: boolean;
  readonly activeCalls: number;
  /** What InfinityOne and the UCX say their names are; undefined: they do not say. */
  readonly siteUrl: string | undefined;
  readonly hostname: string | undefined;
  /** Whether it opens connections to places on the internet; undefined: it cannot try. */
  readonly reaches: boolean | undefined;
  /** InfinityOne does not come up with any set but the factory's. */
  readonly refusesNewChain: boolean;
  /** No restart brings the service up, with whatever set. */
  readonly restartFails: boolean;
  /** The next activation is cut off before the restart, as by a reboot: undone, and nobody lost a call. */
  readonly cutBeforeRestart: boolean;
  /** The profile has no command to restart: a person does it (`press`). */
  readonly byHand: boolean;
  /** How many calls of `activate` find the script still at work. */
  readonly slowCalls: number;
}

const quiet: MemoryApplianceDials = {
  unreachable: false,
  refusesKey: false,
  hostKey: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  diskFull: false,
  serviceUp: true,
  liveSetLoads: true,
  activeCalls: 0,
  siteUrl: undefined,
  hostname: undefined,
  reaches: true,
  refusesNewChain: false,
  restartFails: false,
  cutBeforeRestart: false,
  byHand: false,
  slowCalls: 1,
};

/** What the server serves when it leaves the factory: nothing a phone trusts. */
const FACTORY: CertificateSet = { fingerprint: 'f'.repeat(64), keyPem: '', chainPem: '' };

interface Activation {
  readonly id: string;
  readonly fingerprint: string;
  readonly phase: ActivationPhase;
  readonly why: string | undefined;
  readonly restarted: boolean;
  readonly hand?: ActivationView['hand'];
}

export class MemoryAppliances implements Appliances {
  readonly #staged = new Map<string, CertificateSet>();
  readonly #counts = { stage: 0, restart: 0, attempts: 0 };
  readonly #now: () => Date;
  #dials = quiet;
  #live = FACTORY;
  #previous = FACTORY;
  #served: CertificateSet | undefined = FACTORY;
  #activation: Activation | undefined;
  readonly #settled = new Map<string, Activation>();
  #slow = 0;

  /** `now` is the server's clock. */
  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  turn(dials: Partial<MemoryApplianceDials>): void {
    this.#dials = { ...this.#dials, ...dials };
  }

  /** The set new connections get; undefined while the service is down. */
  served(): CertificateSet | undefined {
    return this.#served;
  }

  live(): CertificateSet {
    return this.#live;
  }

  /** Sets written, restarts of the service, connections tried. */
  count(what: 'stage' | 'restart' | 'attempts'): number {
    return this.#counts[what];
  }

  /** Somebody restarts the service by hand. */
  press(): void {
    this.#restart();
    const now = this.#activation;
    if (now?.hand === 'wanted') this.#activation = { ...now, restarted: true, hand: 'pressed' };
  }

  async open(address: ApplianceAddress): Promise<Appliance> {
    this.#counts.attempts += 1;
    const { unreachable, refusesKey, hostKey } = this.#dials;
    if (unreachable) throw new Problem('server-unreachable', `"${address.address}" cannot be reached`);
    if (address.hostKey !== undefined && address.hostKey !== hostKey) {
      throw new Problem('host-key-mismatch', `"${address.address}" shows ${hostKey}, pinned is ${address.hostKey}`);
    }
    if (refusesKey) throw new Problem('ssh-authentication-refused', `"${address.address}" refused our key`);
    return {
      inspect: async () => this.#facts(),
      stage: async (set) => this.#stage(set),
      activate: async (activation) => this.#activate(activation),
      settle: async (id, verdict) => this.#settle(id, verdict),
      dial: async () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }),
      // Port 9 is what was once for discarding (RFC 863), and nobody's.
      reaches: async (_host, port) => (port === 9 ? false : this.#dials.reaches),
      close: async () => {},
    };
  }

  #facts(): ApplianceFacts {
    const { hostKey, diskFull, serviceUp, liveSetLoads, activeCalls, siteUrl, hostname } = this.#dials;
    return {
      hostKey,
      siteUrl,
      hostname,
      paths: { certificate: '/etc/ucx.crt', key: '/etc/ucx.key', ca: undefined, chain: undefined },
      freeBytes: diskFull ? 0 : 1e9,
      clockOffsetMs: 0,
      serviceUp,
      liveSetLoads,
      activeCalls,
      staged: [...this.#staged.keys()],
      activation: this.#view(),
    };
  }

  #stage(set: CertificateSet): void {
    if (this.#dials.diskFull) throw new Problem('disk-full', 'no room for the set; nothing was left behind');
    if (this.#staged.has(set.fingerprint)) return;
    this.#counts.stage += 1;
    this.#staged.set(set.fingerprint, set);
  }

  #activate({ id, fingerprint, mayRestartUntil }: Parameters<Appliance['activate']>[0]): ActivationView {
    const now = this.#activation;
    const earlier = now?.id === id ? undefined : this.#settled.get(id);
    if (earlier !== undefined) return this.#view(earlier);
    if (now?.id !== id) this.#begin(id, fingerprint, mayRestartUntil);
    else if (now.hand !== undefined) this.#followHand(now, mayRestartUntil);
    else if (now.phase === 'restarting' && this.#slow > 0) this.#slow -= 1;
    else if (now.phase === 'restarting') this.#finish(now);
    return this.#view();
  }

  #begin(id: string, fingerprint: string, mayRestartUntil: Date): void {
    const set = this.#staged.get(fingerprint);
    if (set === undefined) throw new Problem('activation-refused', `nothing staged under ${fingerprint}`);
    if (this.#activation !== undefined && ['restarting', 'awaiting-commit'].includes(this.#activation.phase)) {
      throw new Problem('activation-refused', `activation "${this.#activation.id}" has not settled`);
    }
    if (this.#activation !== undefined) this.#settled.set(this.#activation.id, this.#activation);
    if (this.#now() > mayRestartUntil) {
      this.#activation = {
        id,
        fingerprint,
        phase: 'restored',
        why: 'the window had closed before anything was touched',
        restarted: false,
      };
      return;
    }
    const { serviceUp, liveSetLoads, slowCalls } = this.#dials;
    if (!serviceUp || !liveSetLoads) {
      this.#activation = {
        id,
        fingerprint,
        phase: 'refused',
        why: 'the service is not up with its own set',
        restarted: false,
      };
      return;
    }
    if (this.#dials.cutBeforeRestart) {
      this.#dials = { ...this.#dials, cutBeforeRestart: false };
      this.#activation = {
        id,
        fingerprint,
        phase: 'restored',
        why: 'cut off before the files were exchanged',
        restarted: false,
      };
      return;
    }
    this.#previous = this.#live;
    this.#live = set;
    this.#slow = slowCalls - 1;
    if (this.#dials.byHand) {
      this.#activation = { id, fingerprint, phase: 'restarting', why: undefined, restarted: false, hand: 'wanted' };
      return;
    }
    this.#activation = { id, fingerprint, phase: 'restarting', why: undefined, restarted: true };
    this.#restart();
  }

  #followHand(activation: Activation, mayRestartUntil: Date): void {
    const isServed = this.#served?.fingerprint === this.#live.fingerprint;
    if (activation.phase === 'restoring' && isServed) this.#activation = { ...activation, phase: 'restored' };
    if (activation.phase !== 'restarting') return;
    if (activation.hand === 'pressed') {
      if (isServed) this.#activation = { ...activation, phase: 'awaiting-commit' };
      else this.#restore(activation, 'the service did not come up with the new set');
    } else if (this.#now() > mayRestartUntil) {
      this.#live = this.#previous;
      const why = 'nobody restarted the service before the window closed';
      this.#activation = { ...activation, phase: 'restored', why };
    }
  }

  #finish(activation: Activation): void {
    if (this.#served?.fingerprint === activation.fingerprint)
      this.#activation = { ...activation, phase: 'awaiting-commit' };
    else this.#restore(activation, 'the service did not come up with the new set');
  }

  #restore(activation: Activation, why: string): void {
    this.#live = this.#previous;
    if (activation.hand === 'pressed') {
      this.#activation = { ...activation, phase: 'restoring', why, hand: 'wanted-back' };
      return;
    }
    this.#restart();
    this.#activation = { ...activation, phase: this.#served === undefined ? 'down' : 'restored', why };
  }

  #restart(): void {
    this.#counts.restart += 1;
    const { restartFails, refusesNewChain } = this.#dials;
    const fails = restartFails || (refusesNewChain && this.#live !== FACTORY);
    this.#served = fails ? undefined : this.#live;
  }

  #settle(id: string, verdict: 'commit' | 'restore'): ActivationView {
    const now = this.#activation;
    if (now?.id === id && now.hand === 'wanted' && verdict === 'restore') {
      this.#live = this.#previous;
      this.#activation = { ...now, phase: 'restored', why: 'asked to restore' };
    }
    if (now?.id !== id || now.phase !== 'awaiting-commit') return this.#view();
    if (verdict === 'commit') this.#activation = { ...now, phase: 'committed' };
    else this.#restore(now, 'restore was asked for');
    return this.#view();
  }

  #view(now = this.#activation): ActivationView {
    if (now === undefined)
      return {
        activationId: undefined,
        fingerprint: undefined,
        phase: 'none',
        why: undefined,
        restarted: false,
        running: false,
      };
    return {
      activationId: now.id,
      fingerprint: now.fingerprint,
      phase: now.phase,
      why: now.why,
      restarted: now.restarted,
      running: now.phase === 'restarting',
      hand: now.hand,
    };
  }
}
