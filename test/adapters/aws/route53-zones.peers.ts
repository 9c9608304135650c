// Route53Zones keeps the contract of the port over moto's Route 53.

import { describe, onTestFinished } from 'vitest';
import { route53Client } from '../../../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../../../src/adapters/aws/route53-zones.ts';
import { zonesContract } from '../../contracts/zones.ts';
import { useMoto } from '../../support/moto.ts';
import { MotoRoute53 } from '../../support/moto-route53.ts';

const moto = useMoto();

describe('Route53Zones', () => {
  zonesContract(async () => {
    const front = await MotoRoute53.start(moto, ['northwind.test', 'lab.northwind.test']);
    let isHeldBack = false;
    // Moto answers no DNS: its name servers say what the zone holds.
    const askServer = async (_server: string, name: string, type: string) =>
      isHeldBack ? [] : await front.valuesAt(name, type);
    const open = () => {
      const client = route53Client({ endpoint: front.endpoint, credentials: moto.connection().credentials });
      onTestFinished(() => client.destroy());
      const pause = () => new Promise<void>((done) => setImmediate(done));
      return new Route53Zones({ client, askServer, now: () => new Date(), random: () => 0.5, pause });
    };
    return {
      zones: open(),
      another: open(),
      valuesAt: (name, type) => front.valuesAt(name, type),
      put: (name, type, values) => front.put(name, type, values),
      holdBack: () => {
        isHeldBack = true;
      },
    };
  });
});
