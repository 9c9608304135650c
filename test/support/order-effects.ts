// What an order did to the world, each effect as often as it happened: for comparing a run that was cut off with one that was not.

import type { OrderWorld } from './order-world.ts';

export interface OrderEffects {
  readonly finalize: number;
  /** More than one finalize of one acmeOrder. */
  readonly finalizedTwice: number;
  readonly sets: number;
  readonly restarts: number;
  readonly served: string | undefined;
  readonly liveIsServed: boolean;
  /** Message-IDs delivered, each once; a repeat after a cut has the same and counts once. */
  readonly mails: readonly string[];
  readonly txtLeft: readonly string[];
  readonly address: readonly string[];
}

export function effectsOf(world: OrderWorld, hostname: string): OrderEffects {
  const served = world.appliances.served();
  return {
    finalize: world.authority.count('finalize'),
    finalizedTwice: [...world.authority.finalizeCounts().values()].filter((times) => times > 1).length,
    sets: world.appliances.count('stage'),
    restarts: world.appliances.count('restart'),
    served: served?.fingerprint,
    liveIsServed: served?.fingerprint === world.appliances.live().fingerprint,
    mails: [...new Set(world.mail.delivered().map((mail) => `${mail.to}: ${mail.subject}`))].sort(),
    txtLeft: world.zones.valuesAt(`_acme-challenge.${hostname}`, 'TXT'),
    address: world.zones.valuesAt(hostname, 'A'),
  };
}
