// The way in over HTTPS: a token is checked before the API is called; the pages behind links need none, and their paths are in no log.

import { CfnOutput } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accept } from '../exceptions.ts';
import { prefixOf } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { SignIn } from './sign-in.ts';

export interface HttpEntryProps {
  readonly stage: StageSettings;
  readonly signIn: SignIn;
}

/** Requests a second, and at once: an order system places orders, people press buttons. */
const RATE = 50;
const BURST = 100;

/** `routeKey` and not the path: a path may hold a link, and whoever reads logs must not get it. */
const LOGGED = {
  requestId: '$context.requestId',
  at: '$context.requestTime',
  routeKey: '$context.routeKey',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  client: '$context.authorizer.claims.client_id',
  partner: '$context.authorizer.claims.partner',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
};

export class HttpEntry extends Construct {
  readonly api: HttpApi;
  /** Where people and systems reach us, without final slash. */
  readonly url: string;
  readonly #authorizer: HttpJwtAuthorizer;

  constructor(scope: Construct, id: string, { stage, signIn }: HttpEntryProps) {
    super(scope, id);
    const { site } = stage;
    this.#authorizer = new HttpJwtAuthorizer('Token', signIn.pool.userPoolProviderUrl, {
      jwtAudience: signIn.clients.map(({ userPoolClientId }) => userPoolClientId),
    });
    this.api = new HttpApi(this, 'Api', {
      apiName: prefixOf(stage),
      description: 'Orders for certificates of UCx servers, and the restarts they need',
      createDefaultStage: false,
      disableExecuteApiEndpoint: site !== undefined,
    });
    const retention: RetentionDays = stage.retention.logDays;
    const httpStage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: RATE, burstLimit: BURST },
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(this, 'AccessLog', { retention })),
        format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
    });
    if (site === undefined) {
      this.url = this.api.apiEndpoint;
    } else {
      const domain = new DomainName(this, 'Domain', {
        domainName: site.domain,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', site.certificateArn),
        securityPolicy: SecurityPolicy.TLS_1_2,
      });
      new ApiMapping(this, 'Mapping', { api: this.api, domainName: domain, stage: httpStage });
      new CfnOutput(this, 'DomainTarget', {
        description: `CNAME or alias to set for ${site.domain}`,
        value: domain.regionalDomainName,
      });
      this.url = `https://${site.domain}`;
    }
    new CfnOutput(this, 'Url', { value: this.url });
  }

  /** Every route by name: what is not here is not there. */
  leadTo(receiver: IFunction): void {
    const integration = new HttpLambdaIntegration('Function', receiver);
    const { GET, POST, ANY } = HttpMethod;
    this.api.addRoutes({ path: '/v1/{path+}', methods: [ANY], integration, authorizer: this.#authorizer });
    const open = [
      ...this.api.addRoutes({
        path: '/v1/openapi.json',
        methods: [GET],
        integration,
        authorizer: new HttpNoneAuthorizer(),
      }),
      ...this.api.addRoutes({
        path: '/a/{token}',
        methods: [GET, POST],
        integration,
        authorizer: new HttpNoneAuthorizer(),
      }),
    ];
    for (const route of open)
      accept(
        route,
        'AwsSolutions-APIG4',
        'the description of the API is public, and a link is its own proof (docs/notices.md)',
      );
  }
}
