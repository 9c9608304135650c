// Drives an authority through an order as our steps do, and quicker: for tests that need it done.

import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { makeCsr } from '../../src/adapters/acme/csr.ts';
import type { AcmeOrderStatus, AcmeOrderView, Authority, PlacedAcmeOrder } from '../../src/ports/authority.ts';
import type { AuthorityAccount } from '../../src/ports/authority-account.ts';

export interface OrderWorld {
  /** What the authority finds in DNS from now on. */
  readonly setTxt: (name: string, values: readonly string[]) => Promise<void> | void;
}

const PATIENCE_MS = 15_000;

export class OrderDriver {
  readonly #world: OrderWorld;
  readonly authority: Authority & AuthorityAccount;

  constructor(world: OrderWorld, authority: Authority & AuthorityAccount) {
    this.#world = world;
    this.authority = authority;
  }

  /** Reads until the acmeOrder is no longer one of `passing`. */
  async settled(orderUrl: string, passing: readonly AcmeOrderStatus[]): Promise<AcmeOrderView> {
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const view = await this.authority.readOrder(orderUrl);
      if (!passing.includes(view.status)) return view;
      if (performance.now() > endsAt) throw new Error(`still ${view.status}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Puts the values up (`change` may spoil them), answers, reads until it is decided. */
  async prove(placed: PlacedAcmeOrder, change = (value: string) => value): Promise<AcmeOrderView> {
    const { openChallenges } = await this.authority.readChallenges(placed);
    for (const [name, challenges] of Map.groupBy(openChallenges, ({ txtName }) => txtName)) {
      await this.#world.setTxt(
        name,
        challenges.map(({ txtValue }) => change(txtValue)),
      );
    }
    for (const { challengeUrl } of openChallenges) await this.authority.answer(challengeUrl);
    return await this.settled(placed.orderUrl, ['pending']);
  }

  /** Placed and proven. */
  async ready(names: readonly string[]): Promise<PlacedAcmeOrder> {
    const placed = await this.authority.place({ names });
    expect(await this.prove(placed)).toMatchObject({ status: 'ready', refusal: undefined });
    return placed;
  }

  /** From nothing to a chain. */
  async obtain(
    names: readonly string[],
    leafKey: KeyObject,
  ): Promise<{ readonly orderUrl: string; readonly chain: string; readonly certificateUrl: string }> {
    const placed = await this.ready(names);
    await this.authority.finalize(placed, await makeCsr(leafKey, names));
    const { certificateUrl = '', ...view } = await this.settled(placed.orderUrl, ['ready', 'processing']);
    expect(view.status).toBe('valid');
    const { chainPem: chain } = await this.authority.download(certificateUrl);
    return { orderUrl: placed.orderUrl, chain, certificateUrl };
  }
}

export function newAccountKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function newName(): string {
  return `pbx-${randomBytes(4).toString('hex')}.northwind.test`;
}
