// The HTTP API: who may call, what comes in, what goes out.

import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from '../domain/problem.ts';
import { LINK_PATH } from '../steps/notice-link.ts';
import type { Services } from '../steps/services.ts';
import { addAccountRoutes } from './account-routes.ts';
import { addAppointmentRoutes } from './appointment-routes.ts';
import { addAuthorityRoutes } from './authority-routes.ts';
import type { Authenticate, Caller, Scope } from './bearer-token.ts';
import { addCertificateRoutes } from './certificate-routes.ts';
import { addCheckRoutes } from './check-routes.ts';
import { fieldErrors } from './field-errors.ts';
import { addHoldRoutes } from './hold-routes.ts';
import { addLinkRoutes } from './link-routes.ts';
import { addNamesLinkRoutes } from './names-link-routes.ts';
import { addOrderRoutes } from './order-routes.ts';
import { answerProblem } from './problem-answer.ts';
import { addReadinessRoutes } from './readiness-routes.ts';
import { addRequestRoutes } from './request-routes.ts';
import { addServerRoutes } from './server-routes.ts';
import { addSshKeyRoutes } from './ssh-key-routes.ts';
import { unknownRoute } from './unknown-route.ts';
import { addUploadLinkRoutes } from './upload-link-routes.ts';
import { MAX_UPLOAD_BODY_BYTES } from './upload-schema.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

export type ApiServices = Pick<
  Services,
  | 'inventory'
  | 'vault'
  | 'executions'
  | 'clock'
  | 'linkKeys'
  | 'log'
  | 'settings'
  | 'keyPairs'
  | 'certificateFiles'
  | 'publishedIssuers'
>;

export interface ApiOptions {
  readonly services: ApiServices;
  readonly authenticate: Authenticate;
  readonly authorities: readonly string[];
  readonly defaultAuthority: string;
  /** Answers the address in its one spelling, or fails with `address-not-public`. */
  readonly judgePublicIp: (text: string, field: string) => string;
}

export type Api = OpenAPIHono<{ Variables: { caller: Caller } }>;

/** Only certificates are larger than a few kilobytes. */
export const MAX_BODY_BYTES = 64 * 1024;

const TAKES_FILES: readonly string[] = ['/v1/orders', '/v1/certificates/check'];

export function createApi(options: ApiOptions): Api {
  const { log } = options.services;
  const api: Api = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      throw fieldErrors(result.error.issues);
    },
  });

  api.onError((error, c) =>
    answerProblem(error, c, (bug) =>
      log.error('request failed', { path: loggedPath(c.req.path), error: bug.stack ?? bug.message }),
    ),
  );
  api.notFound((c) => answerProblem(unknownRoute(c, api.routes), c, () => {}));
  api.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
  });
  api.doc31('/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'UCx certificates',
      version: '1',
      description: 'Orders for certificates of UCx servers, and the restarts they need.',
    },
    security: [{ bearer: [] }],
  });
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  api.use('/v1/*', async (c, next) => {
    if (c.req.path !== '/v1/openapi.json') c.set('caller', await options.authenticate(c.req.header('authorization')));
    await next();
  });
  const [small, large] = [limitTo(MAX_BODY_BYTES), limitTo(MAX_UPLOAD_BODY_BYTES)];
  api.use('/v1/*', (c, next) => (TAKES_FILES.includes(c.req.path) ? large(c, next) : small(c, next)));

  addOrderRoutes(api, options);
  addAppointmentRoutes(api, options.services);
  addAuthorityRoutes(api, options);
  addCertificateRoutes(api, options.services);
  addCheckRoutes(api, options.services);
  addRequestRoutes(api, options.services);
  addWebhookRoutes(api, options.services);
  addServerRoutes(api, options.services);
  addHoldRoutes(api, options.services);
  addLinkRoutes(api, options.services);
  addUploadLinkRoutes(api, options.services);
  addNamesLinkRoutes(api, options.services);
  addReadinessRoutes(api, options.services);
  addAccountRoutes(api, options.services);
  addSshKeyRoutes(api, options.services);
  return api;
}

function limitTo(maxSize: number): ReturnType<typeof bodyLimit> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new Problem('body-too-large', `the body is larger than ${maxSize} bytes`, { field: 'body' });
    },
  });
}

/** A path may hold a link, which whoever reads logs must not get. */
function loggedPath(path: string): string {
  return path.startsWith(LINK_PATH) ? `${LINK_PATH}…` : path;
}

/** Fails with `forbidden` naming the scope that is missing. */
export function requireScope(caller: Caller, scope: Scope): Caller {
  if (caller.scopes.includes(scope)) return caller;
  throw new Problem('forbidden', `the token lacks the scope "${scope}"`);
}
