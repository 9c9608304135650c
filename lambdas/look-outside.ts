// The step look-outside: looks at a server as a phone on the internet does.

import { lookOutside } from '../src/steps/look-outside.ts';
import { lambda } from './lambda.ts';
import { probes } from './wiring/probes.ts';
import { publicDns } from './wiring/public-dns.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(() => ({ ...stepServices(), publicDns: publicDns(), probes: probes() }), lookOutside);
