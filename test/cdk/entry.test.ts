// The ways in: who is asked for a token, what is logged of a request, what a token says, who is told of mails and schedules.

import { describe, expect, it } from 'vitest';
import { schedules } from '../../cdk/constructs/schedules.ts';
import { parseStage, SCOPES as STAGE_SCOPES } from '../../cdk/stage-settings.ts';
import { SCOPES } from '../../src/api/bearer-token.ts';
import { LINK_PATH } from '../../src/steps/notice-link.ts';
import { exampleSettings, makeTemplates, type Resource, templates } from './templates.ts';

const { service, stage } = templates();
const of = (type: string): readonly Resource[] => service.filter((resource) => resource.type === type);
const only = (type: string): Resource['properties'] => {
  const [found, ...others] = of(type);
  if (found === undefined || others.length > 0) throw new Error(`${others.length} others than one ${type}`);
  return found.properties;
};

describe('the way in over HTTPS', () => {
  it('asks for a token everywhere but for the description of the API and behind a link', () => {
    const routes = of('AWS::ApiGatewayV2::Route').map(({ properties }) => [
      properties.RouteKey,
      properties.AuthorizationType,
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'ANY /v1/{path+}': 'JWT',
      'GET /v1/openapi.json': 'NONE',
      [`GET ${LINK_PATH}{token}`]: 'NONE',
      [`POST ${LINK_PATH}{token}`]: 'NONE',
    });
  });

  it('takes tokens of its own people and systems alone', () => {
    const { JwtConfiguration } = only('AWS::ApiGatewayV2::Authorizer');
    expect(JwtConfiguration.Audience.map(({ Ref }: { readonly Ref: string }) => Ref).sort()).toEqual(
      of('AWS::Cognito::UserPoolClient')
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('logs no path, no query and no header: a path may hold a link', () => {
    const { Format } = only('AWS::ApiGatewayV2::Stage').AccessLogSettings;
    expect(Format).toContain('$context.routeKey');
    expect(Format).not.toMatch(
      /\$context\.(?:path|requestOverride|customDomain\.basePath)|querystring|\$request|header/i,
    );
  });

  it('is limited, and reached under its own name alone', () => {
    expect(only('AWS::ApiGatewayV2::Stage').DefaultRouteSettings).toEqual({
      ThrottlingBurstLimit: 100,
      ThrottlingRateLimit: 50,
    });
    expect(only('AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint).toBe(true);
    expect(only('AWS::ApiGatewayV2::DomainName').DomainName).toBe(stage.site?.domain);
  });

  it('is reached as AWS names it, and links lead there, where the settings have no site', () => {
    const { site, ...rest } = exampleSettings();
    const without = makeTemplates(parseStage('example', rest));
    expect(site).toBeDefined();
    expect(without.service.filter(({ type }) => type === 'AWS::ApiGatewayV2::DomainName')).toEqual([]);
    const [told] = without.service.filter(
      ({ properties }) => properties.FunctionName === 'ucx-certs-example-send-notice',
    );
    expect(JSON.stringify(told?.properties.Environment.Variables.LINK_BASE)).toContain('ApiEndpoint');
  });
});

describe('sign-in', () => {
  it('gives the scopes of the API', () => {
    expect(STAGE_SCOPES).toEqual(SCOPES);
    const [api] = of('AWS::Cognito::UserPoolResourceServer').filter(
      ({ properties }) => properties.Identifier === 'ucx-certs',
    );
    expect(api?.properties.Scopes.map(({ ScopeName }: { readonly ScopeName: string }) => ScopeName)).toEqual([
      ...SCOPES,
    ]);
  });

  it('lets nobody sign up, asks for a second factor, and keeps its people', () => {
    const [pool] = of('AWS::Cognito::UserPool');
    expect(pool?.properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      DeletionProtection: 'ACTIVE',
    });
    expect(pool?.deletionPolicy).toBe('Retain');
    expect(pool?.properties.LambdaConfig.PreTokenGenerationConfig.LambdaVersion).toBe('V3_0');
  });

  it('lets no person write whose they are', () => {
    const people = of('AWS::Cognito::UserPoolClient').filter(({ properties }) => properties.GenerateSecret === false);
    expect(people.map(({ properties }) => properties.WriteAttributes)).toEqual([['email']]);
  });

  it('gives a system its own partner, and what the settings say it may do', () => {
    const systems = of('AWS::Cognito::UserPoolClient').filter(({ properties }) => properties.GenerateSecret === true);
    expect(systems).toHaveLength(1);
    const scopes = JSON.stringify(systems[0]?.properties.AllowedOAuthScopes);
    expect(scopes.match(/\/emetrotel/g)).toHaveLength(1);
    expect([...scopes.matchAll(/"\/([a-z]+:[a-z]+)"/g)].map((match) => match[1])).toEqual(
      stage.partners.emetrotel?.scopes,
    );
    expect(systems[0]?.properties.AllowedOAuthFlows).toEqual(['client_credentials']);
  });
});

describe('what comes by', () => {
  it('is told the moment it was due, and left in the queue of failures when it cannot be told', () => {
    expect(of('AWS::Scheduler::Schedule').map(({ properties }) => properties.Name)).toEqual(Object.keys(schedules));
    for (const { properties } of of('AWS::Scheduler::Schedule')) {
      expect(properties.Target.Input).toBe('{"time":"<aws.scheduler.scheduled-time>"}');
      expect(properties.Target.DeadLetterConfig.Arn).toBeDefined();
    }
  });
});

describe('mail', () => {
  it('is reported when it is delivered, comes back or is called unwanted', () => {
    expect(only('AWS::SES::ConfigurationSetEventDestination').EventDestination.MatchingEventTypes).toEqual([
      'delivery',
      'bounce',
      'complaint',
      'reject',
    ]);
    const [reports] = of('AWS::SNS::Subscription').filter(({ properties }) => properties.Protocol === 'lambda');
    expect(JSON.stringify(reports?.properties.Endpoint)).toContain('notebounceLive');
    expect(reports?.properties.RedrivePolicy).toBeDefined();
  });

  it('leaves over TLS or not at all', () => {
    expect(only('AWS::SES::ConfigurationSet').DeliveryOptions.TlsPolicy).toBe('REQUIRE');
  });

  it('may be reported by SES alone, for this account', () => {
    const policies = JSON.stringify(of('AWS::SNS::TopicPolicy').map(({ properties }) => properties));
    expect(policies).toContain('"aws:SourceAccount":"123456789012"');
  });
});
