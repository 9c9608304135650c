// The sandbox's internet: documentation addresses that lead to loopback ports, and nothing that leads out of the machine.

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '../domain/problem.ts';
import { addressRefused, isAddressLike, judgeAddress } from '../domain/public-address.ts';
import type { Network, NetworkTarget } from '../ports/network.ts';

/** What stands behind an address and port: a port of 127.0.0.1, or a firewall that swallows every packet. */
export type SandboxService = number | 'silent';

export interface SandboxNetworkOptions {
  /** Every A and AAAA value of a name; throws or answers an empty list when there is none. The sandbox asks its own DNS. */
  readonly resolve: (name: string) => Promise<readonly string[]>;

  /** Keys as `203.0.113.10:21326`. @default - none; `map` adds */
  readonly services?: Readonly<Record<string, SandboxService>>;
}

/** The only addresses that exist here (RFC 5737, TEST-NET-3). */
const SANDBOX_ADDRESS = /^203\.0\.113\.\d{1,3}$/;

const DOCUMENTATION = 'for documentation (RFC 5737)';

export class SandboxNetwork implements Network {
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  readonly #services: Map<string, SandboxService>;
  readonly #localPorts = new Set<number>();

  constructor({ resolve, services = {} }: SandboxNetworkOptions) {
    this.#resolve = resolve;
    this.#services = new Map(Object.entries(services));
  }

  /** From now on `address:port` is this service. */
  map(address: string, port: number, service: SandboxService): void {
    if (!isSandboxAddress(address)) throw new Problem('bad-request', `"${address}" is not in 203.0.113.0/24`);
    this.#services.set(`${address}:${port}`, service);
  }

  /** From now on nothing listens at `address:port`. */
  unmap(address: string, port: number): void {
    this.#services.delete(`${address}:${port}`);
  }

  /** Lets `localhost` be dialled at this one port: the sandbox CA's directory, whose URLs name it. */
  allowLocalhost(port: number): void {
    this.#localPorts.add(port);
  }

  async connect(target: NetworkTarget, timeoutMs: number): Promise<Duplex> {
    const { port } = target;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Problem('bad-request', `port ${port} is not between 1 and 65535`, { field: 'port' });
    }
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(unreachable(target, 'no answer in time')), Math.max(0, timeoutMs));
    late.catch(() => undefined);
    try {
      return await this.#reach(target, late);
    } finally {
      clearTimeout(timer);
    }
  }

  async #reach(target: NetworkTarget, late: Promise<never>): Promise<Duplex> {
    const service = await this.#find(target, late);
    if (service === undefined) throw unreachable(target, 'connection refused');
    if (service === 'silent') return await late;
    const socket = connect({ host: '127.0.0.1', port: service, noDelay: true });
    const standing = new Promise<Duplex>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve(socket.off('error', reject)));
    });
    try {
      return await Promise.race([standing, late]);
    } catch (error) {
      socket.destroy();
      throw error instanceof Problem ? error : unreachable(target, 'connection refused');
    }
  }

  async #find(target: NetworkTarget, late: Promise<never>): Promise<SandboxService | undefined> {
    const { host, port } = target;
    if (/^(?:.*\.)?localhost\.?$/i.test(host)) {
      if (host === 'localhost' && this.#localPorts.has(port)) return port;
      throw addressRefused({ host, address: host, why: 'loopback (RFC 6761)' });
    }
    const addresses = isAddressLike(host) ? [host] : await this.#lookUp(target, late);
    for (const address of addresses) {
      if (!isSandboxAddress(address)) throw addressRefused({ host, address, why: whyRefused(address) });
    }
    const services = addresses.map((address) => this.#services.get(`${address}:${port}`));
    return services.find((service) => service !== undefined);
  }

  async #lookUp(target: NetworkTarget, late: Promise<never>): Promise<readonly string[]> {
    const answer = this.#resolve(target.host).catch((error: unknown) => {
      throw unreachable(target, error instanceof Error ? error.message : 'its name does not exist');
    });
    const addresses = await Promise.race([answer, late]);
    if (addresses.length === 0) throw unreachable(target, 'its name has no address');
    return addresses;
  }
}

function isSandboxAddress(address: string): boolean {
  const judgement = judgeAddress(address);
  return SANDBOX_ADDRESS.test(address) && !judgement.ok && judgement.why === DOCUMENTATION;
}

function whyRefused(address: string): string {
  const judgement = judgeAddress(address);
  return judgement.ok ? 'outside the sandbox' : judgement.why;
}

function unreachable({ host, port }: NetworkTarget, cause: string): Problem {
  return new Problem('server-unreachable', `"${host}" port ${port} cannot be reached: ${cause}`);
}
