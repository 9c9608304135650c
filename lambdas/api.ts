// The API and the pages behind links, for API Gateway.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createApi } from '../src/api/app.ts';
import { judgePublicIp } from '../src/api/public-ip.ts';
import { callerOf } from './gateway-caller.ts';
import { answerOf, type HttpEvent, requestOf } from './http-event.ts';
import { lambda } from './lambda.ts';
import { certificateFiles } from './wiring/certificate-files.ts';
import { executions } from './wiring/executions.ts';
import { keyPairs } from './wiring/key-pairs.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { publishedIssuers } from './wiring/published-issuers.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { readStageFile } from './wiring/stage.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

/** The claims of the request under way: nothing a client sends can take their place. */
const claims = new AsyncLocalStorage<unknown>();

export const handler = lambda(wire, async (event: HttpEvent, api) => {
  const request = requestOf(event);
  if (request === undefined) return await answerOf(new Response(null, { status: 400 }));
  const response = claims.run(event.requestContext.authorizer?.jwt?.claims, () => api.fetch(request));
  return await answerOf(await response);
});

function wire() {
  const { authorities, defaultAuthority } = readStageFile();
  const services = {
    ...stepServices(),
    vault: vault(),
    executions: executions(),
    linkKeys: linkKeys(),
    keyPairs: keyPairs(),
    certificateFiles: certificateFiles(),
    publishedIssuers: publishedIssuers(),
    settings: serviceSettings(),
  };
  return createApi({
    services,
    authenticate: async () => callerOf(claims.getStore(), services.clock.now()),
    authorities: Object.keys(authorities),
    defaultAuthority,
    judgePublicIp,
  });
}
