// The step await-dns: looks whether a customer has set the records we want.

import { awaitDns } from '../src/steps/await-dns.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { publicDns } from './wiring/public-dns.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({
    ...stepServices(),
    zones: zones(),
    publicDns: publicDns(),
    authorities: authorities(),
    settings: serviceSettings(),
  }),
  awaitDns,
);
