// Puts key, chain and script beside the live files on the server; the only step that reads a leaf's private key.

import { Problem } from '../domain/problem.ts';
import { type ServerNeeds, standbyOf, withServer } from './open-server.ts';
import { acmeKey, changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'vault'>;

export const stageCertificate = step('stage-certificate', async (input: StepInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const { value: work } = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
  const { fingerprint, chainRef, keyRef } = work;
  if (fingerprint === undefined || chainRef === undefined)
    throw new Problem('vault-item-missing', `order "${order.id}" has no chain to stage`);

  const keyPem = Buffer.from(await services.vault.get(keyRef)).toString();
  const chainPem = Buffer.from(await services.vault.get(chainRef)).toString();
  const nodes = [...(order.request.standby === undefined ? [] : [standbyOf(order)]), order];
  for (const node of nodes)
    await withServer(node, services, (appliance) => appliance.stage({ fingerprint, keyPem, chainPem }));
  const at = services.clock.now().toISOString();
  await changeItem(services.inventory, serverKey(order.partner, order.request.hostname), (server) =>
    server.staged?.fingerprint === fingerprint ? server : { ...server, staged: { fingerprint, at } },
  );
  return done({ fingerprint }, 'key and chain lie beside the live files, verified there; nothing live was touched');
});
