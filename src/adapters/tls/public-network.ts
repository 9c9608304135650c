// Connections to public addresses on the internet: resolved once, judged, then dialled; nothing turns the judgement off.

import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '../../domain/problem.ts';
import { addressRefused, isAddressLike, judgeAddress } from '../../domain/public-address.ts';
import type { Network, NetworkTarget } from '../../ports/network.ts';

export interface PublicNetworkOptions {
  /**
   * Every A and AAAA value of a name; throws or answers an empty list when there is none.
   * @default - asked of the machine's name servers, not of its hosts file, as a phone would
   */
  readonly resolve?: (name: string) => Promise<readonly string[]>;

  /**
   * A TCP connection to an address that was judged; rejects when it fails and gives up when the signal aborts.
   * @default - a socket of the machine
   */
  readonly dial?: (address: string, port: number, signal: AbortSignal) => Promise<Duplex>;
}

/** Most addresses of one name that are tried; the rest of a long answer is judged and not dialled. */
const MAX_DIALLED = 8;

/** Most addresses a name may have. A DNS answer over UDP holds fewer. */
const MAX_ADDRESSES = 64;

/** RFC 1035, 2.3.4. */
const MAX_NAME_LENGTH = 253;

export class PublicNetwork implements Network {
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  readonly #dial: (address: string, port: number, signal: AbortSignal) => Promise<Duplex>;

  constructor({ resolve = resolvePublicly, dial = dialAddress }: PublicNetworkOptions = {}) {
    this.#resolve = resolve;
    this.#dial = dial;
  }

  /** A name with one special address among public ones is refused as a whole. Addresses are dialled one after the other,
   * each with an equal share of the time that is left. */
  async connect(target: NetworkTarget, timeoutMs: number): Promise<Duplex> {
    checkTarget(target);
    const deadline = performance.now() + timeoutMs;
    const addresses = await this.#judgedAddresses(target, timeoutMs);
    const causes: string[] = [];
    for (const [index, address] of addresses.entries()) {
      const shareMs = (deadline - performance.now()) / (addresses.length - index);
      try {
        return await this.#dialWithin(address, target.port, shareMs);
      } catch (error) {
        causes.push(`${address}: ${causeOf(error)}`);
      }
    }
    throw unreachable(target, causes.join('; '));
  }

  async #judgedAddresses(target: NetworkTarget, timeoutMs: number): Promise<readonly string[]> {
    const answers = isAddressLike(target.host) ? [target.host] : await this.#lookUp(target, timeoutMs);
    return answers
      .slice(0, MAX_ADDRESSES)
      .map((answer) => {
        const judgement = judgeAddress(answer);
        if (!judgement.ok) throw addressRefused({ host: target.host, address: answer, why: judgement.why });
        return judgement.address;
      })
      .slice(0, MAX_DIALLED);
  }

  async #lookUp(target: NetworkTarget, timeoutMs: number): Promise<readonly string[]> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.max(0, timeoutMs));
    try {
      const answers = await orAborted(this.#resolve(target.host), late.signal);
      if (answers.length > 0) return answers;
    } catch (error) {
      throw unreachable(target, late.signal.aborted ? 'its name was not resolved in time' : causeOf(error));
    } finally {
      clearTimeout(timer);
    }
    throw unreachable(target, 'its name has no address');
  }

  async #dialWithin(address: string, port: number, timeoutMs: number): Promise<Duplex> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.max(0, timeoutMs));
    const dialled = this.#dial(address, port, late.signal);
    try {
      return await orAborted(dialled, late.signal);
    } catch (error) {
      dialled.then(
        (stream) => stream.destroy(),
        () => undefined,
      );
      throw late.signal.aborted ? new Error('no answer in time') : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

export interface AddressResolver {
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
}

/** Asks for A and AAAA at once, A first in the answer; one of the two may fail. */
export async function resolvePublicly(
  name: string,
  resolver: AddressResolver = new Resolver({ timeout: 3_000, tries: 2 }),
): Promise<readonly string[]> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (addresses.length === 0 && failed !== undefined) throw failed.reason;
  return addresses;
}

/** A connected socket, with Nagle's delay off. Judges nothing: only for an address that was judged. */
export async function dialAddress(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const socket = connect({ host: address, port, noDelay: true });
  const giveUp = () => socket.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', giveUp);
  socket.once('error', reject);
  socket.once('connect', () => {
    socket.off('error', reject);
    signal.removeEventListener('abort', giveUp);
    resolve(socket);
  });
  return await promise;
}

function checkTarget({ host, port }: NetworkTarget): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Problem('bad-request', `port ${port} is not between 1 and 65535`, { field: 'port' });
  }
  const plain = host.replace(/\.$/, '');
  if (/^(?:.*\.)?localhost$/i.test(plain)) throw addressRefused({ host, address: host, why: 'loopback (RFC 6761)' });
  if (isAddressLike(host)) return;
  if (plain.length > MAX_NAME_LENGTH || !/^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(plain)) {
    throw new Problem('bad-request', 'host is neither a DNS name nor an IP address', { field: 'host' });
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error('no answer in time'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return await Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort));
}

function unreachable({ host, port }: NetworkTarget, cause: string): Problem {
  return new Problem('server-unreachable', `"${host}" port ${port} cannot be reached: ${cause}`);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown cause';
  const { code } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    EHOSTUNREACH: 'no route to it',
    ENETUNREACH: 'no route to its network',
    ENOTFOUND: 'its name does not exist',
    ENODATA: 'its name has no address',
    ESERVFAIL: 'its name servers fail',
    ETIMEOUT: 'its name servers do not answer',
  };
  return known[code ?? ''] ?? code ?? error.message;
}
