// The API behind the gateway: a request of API Gateway (payload format 2.0) becomes one of the web, and its caller is who the gateway's authorizer says.

import { createApi } from '../src/api/app.ts';
import { judgePublicIp } from '../src/api/public-ip.ts';
import { callerOf, type GatewayAnswer, type GatewayRequest, toAnswer, toRequest } from './gateway.ts';
import { lambda } from './lambda.ts';
import { certificateFiles } from './wiring/certificate-files.ts';
import { clock } from './wiring/clock.ts';
import { executions } from './wiring/executions.ts';
import { inventory } from './wiring/inventory.ts';
import { keyPairs } from './wiring/key-pairs.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { publishedIssuers } from './wiring/published-issuers.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stage } from './wiring/stage.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => {
    const { authorities, defaultAuthority } = stage();
    const calling = { event: undefined as GatewayRequest | undefined };
    const api = createApi({
      services: {
        ...{ inventory: inventory(), vault: vault(), executions: executions(), clock: clock(), linkKeys: linkKeys() },
        ...{ log: log(), settings: serviceSettings(), keyPairs: keyPairs() },
        ...{ certificateFiles: certificateFiles(), publishedIssuers: publishedIssuers() },
      },
      // one request at a time in a container (docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html)
      authenticate: async () => callerOf(calling.event),
      authorities: Object.keys(authorities),
      defaultAuthority,
      judgePublicIp,
    });
    return { api, calling };
  },
  async (event: GatewayRequest, { api, calling }): Promise<GatewayAnswer> => {
    calling.event = event;
    return toAnswer(await api.fetch(toRequest(event)));
  },
);
