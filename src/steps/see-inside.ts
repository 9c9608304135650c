// What a server serves as itself sees it: read through the SSH connection, whatever firewalls and DNS make of the way from outside.

import type { Appliance } from '../ports/appliances.ts';
import type { Endpoint, Sighting } from '../ports/probes.ts';
import type { Services } from './services.ts';

/** `endpoint.port` is one of the server's own loopback. */
export function seeInside(
  endpoint: Endpoint,
  appliance: Appliance,
  { probes }: Pick<Services, 'probes'>,
): Promise<Sighting> {
  return probes.inside(endpoint, (port) => appliance.dial(port));
}
