// Probes for workflow tests: sightings are what functions of the test say.

import type { Duplex } from 'node:stream';
import type { Endpoint, Probes, ServedChain, Sighting } from '../../ports/probes.ts';

export type Sight = (
  endpoint: Endpoint,
  dial?: (port: number) => Promise<Duplex>,
) => Sighting | undefined | Promise<Sighting | undefined>;

export interface MemoryProbesOptions {
  /** What a phone sees. Throwing, and `undefined`, is `unreachable`. @default - nothing can be reached */
  readonly outside?: Sight;

  /** What is seen through the server. It closes the stream if it dials. @default - as `outside` */
  readonly inside?: Sight;
}

export interface Look {
  readonly from: 'outside' | 'inside';
  readonly endpoint: Endpoint;
}

export class MemoryProbes implements Probes {
  readonly #outside: Sight;
  readonly #inside: Sight;
  readonly #looks: Look[] = [];

  constructor({ outside = () => undefined, inside = outside }: MemoryProbesOptions = {}) {
    this.#outside = outside;
    this.#inside = inside;
  }

  async outside(endpoint: Endpoint): Promise<Sighting> {
    this.#looks.push({ from: 'outside', endpoint });
    return await answered(endpoint, async () => await this.#outside(endpoint));
  }

  async inside(endpoint: Endpoint, dial: (port: number) => Promise<Duplex>): Promise<Sighting> {
    this.#looks.push({ from: 'inside', endpoint });
    return await answered(endpoint, async () => await this.#inside(endpoint, dial));
  }

  /** Every probe so far, oldest first. */
  looks(): readonly Look[] {
    return [...this.#looks];
  }
}

/** A sighting with what a test cares about; the rest is a trusted leaf of `name`. */
export function servedSighting(served: Partial<ServedChain> & Pick<ServedChain, 'fingerprint'>): Sighting {
  return {
    kind: 'served',
    served: {
      chainPem: [],
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2026-04-01T00:00:00Z'),
      names: [],
      issuer: 'CN=Memory Intermediate',
      serial: '1',
      protocol: 'TLSv1.3',
      trusted: served.distrust === undefined,
      distrust: undefined,
      ...served,
    },
  };
}

async function answered({ name, port }: Endpoint, look: () => Promise<Sighting | undefined>): Promise<Sighting> {
  const silence: Sighting = { kind: 'unreachable', why: `"${name}" port ${port}: nothing there` };
  try {
    return (await look()) ?? silence;
  } catch (error) {
    return { kind: 'unreachable', why: error instanceof Error ? error.message : silence.why };
  }
}
