// Who may call: people by the hosted page with a second factor, order systems by client credentials; partner and scopes are in the token.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRecovery,
  ClientAttributes,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolGroup,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { PARTNER_SCOPE_PREFIX, SCOPE_PREFIX } from '../../lambdas/settings.ts';
import { accept } from '../exceptions.ts';
import { prefixOf } from '../names.ts';
import { SCOPES, type StageSettings } from '../stage-settings.ts';

export interface SignInProps {
  readonly stage: StageSettings;
  /** Writes partner and scopes into access tokens. */
  readonly shapeToken: IFunction;
}

/** A token that was taken is good for this long. */
const TOKEN_MINUTES = 60;

/** A working day. */
const SESSION_HOURS = 12;

export class SignIn extends Construct {
  readonly pool: UserPool;
  readonly clients: readonly UserPoolClient[];

  constructor(scope: Construct, id: string, { stage, shapeToken }: SignInProps) {
    super(scope, id);
    this.pool = new UserPool(this, 'People', {
      userPoolName: prefixOf(stage),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      standardAttributes: { email: { required: true, mutable: false } },
      customAttributes: { partner: new StringAttribute({ minLen: 1, maxLen: 40, mutable: true }) },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, shapeToken, LambdaVersion.V3_0);
    accept(
      this.pool,
      'AwsSolutions-COG3',
      'threat protection is of the Plus plan; a second factor is asked of everybody',
    );
    accept(this.pool, 'AwsSolutions-COG8', 'the Essentials plan writes access tokens; nothing of Plus is used');
    this.pool.addDomain('Page', { cognitoDomain: { domainPrefix: stage.signIn.domainPrefix } });
    for (const scopeName of SCOPES)
      new UserPoolGroup(this, `May-${scopeName.replace(':', '-')}`, {
        userPool: this.pool,
        groupName: scopeName,
        description: `People whose tokens have the scope ${scopeName}`,
      });

    this.clients = [this.#people(stage), ...this.#systems(stage)];
  }

  /** Writes no attribute: `custom:partner` is an administrator's. */
  #people({ signIn }: StageSettings): UserPoolClient {
    return this.pool.addClient('PeopleClient', {
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [...signIn.callbackUrls],
      },
      writeAttributes: new ClientAttributes().withStandardAttributes({ email: true }),
      generateSecret: false,
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.minutes(TOKEN_MINUTES),
      idTokenValidity: Duration.minutes(TOKEN_MINUTES),
      refreshTokenValidity: Duration.hours(SESSION_HOURS),
    });
  }

  #systems({ partners }: StageSettings): readonly UserPoolClient[] {
    const scopesOf = SCOPES.map((scopeName) => new ResourceServerScope({ scopeName, scopeDescription: scopeName }));
    const api = this.pool.addResourceServer('ApiScopes', { identifier: withoutSlash(SCOPE_PREFIX), scopes: scopesOf });
    const partnerScopes = Object.keys(partners).map(
      (partner) => new ResourceServerScope({ scopeName: partner, scopeDescription: `On behalf of ${partner}` }),
    );
    const identifier = withoutSlash(PARTNER_SCOPE_PREFIX);
    const of = this.pool.addResourceServer('PartnerScopes', { identifier, scopes: partnerScopes });
    return Object.entries(partners).map(([partner, { scopes }]) => {
      const mine = partnerScopes.filter(({ scopeName }) => scopeName === partner);
      const may = scopesOf.filter(({ scopeName }) => scopes.some((one) => one === scopeName));
      return this.pool.addClient(`SystemClient-${partner}`, {
        oAuth: {
          flows: { clientCredentials: true },
          scopes: [
            ...mine.map((one) => OAuthScope.resourceServer(of, one)),
            ...may.map((one) => OAuthScope.resourceServer(api, one)),
          ],
        },
        generateSecret: true,
        enableTokenRevocation: true,
        accessTokenValidity: Duration.minutes(TOKEN_MINUTES),
      });
    });
  }
}

function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '');
}
