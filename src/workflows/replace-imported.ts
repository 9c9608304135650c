// What the holder of an upload link may do: bring the next certificate of the server, or have it obtained from now on.

import type { Certificate } from '../domain/certificate.ts';
import type { Order, OrderRequest } from '../domain/order.ts';
import type { Upload } from '../steps/judge-upload.ts';
import { getItem, orderKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';
import { acceptImport } from './accept-import.ts';
import { acceptOrder } from './accept-order.ts';

type Needs = Pick<
  Services,
  'inventory' | 'vault' | 'executions' | 'clock' | 'settings' | 'log' | 'certificateFiles' | 'publishedIssuers'
>;

/** An order like the one whose leaf is served, with what was brought; sent again, the same. Problems: those of `acceptImport`. */
export async function bringNext(certificate: Certificate, upload: Upload, services: Needs): Promise<Order> {
  const request = await requestOf(certificate, services);
  // with blanks, so that no caller of the API has it
  const key = `next after ${certificate.fingerprint}`;
  return (await acceptImport(certificate.partner, key, { request, upload }, services)).order;
}

/** From now on it renews by itself. Asked again, the same order. Problems: those of `acceptOrder`. */
export async function obtainNext(certificate: Certificate, services: Needs): Promise<Order> {
  const request = await requestOf(certificate, services);
  const key = `obtained after ${certificate.fingerprint}`;
  return (await acceptOrder(certificate.partner, key, request, services)).order;
}

async function requestOf({ partner, orderId }: Certificate, { inventory }: Needs): Promise<OrderRequest> {
  const { value: last } = await getItem(inventory, orderKey(partner, orderId));
  return { ...last.request, certificate: undefined, inService: undefined, bypass: undefined };
}
