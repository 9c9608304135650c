// Names shared by the stacks that set them and the functions that read them. The only file of ours that cdk/ may import.

/** Environment variables, by what stands in them; which function has which is `settingsFor` in cdk/. */
export const settings = {
  /** Name of the inventory's table. */
  inventoryTable: 'INVENTORY_TABLE',
  /** Name of the vault's bucket. */
  vaultBucket: 'VAULT_BUCKET',
  /** ARN of the key the vault is encrypted with. */
  vaultKey: 'VAULT_KEY',
  /** What comes before the name of each function and secret. */
  prefix: 'PREFIX',
  /** Name of the configuration set that reports deliveries, bounces and complaints. */
  mailConfigurationSet: 'MAIL_CONFIGURATION_SET',
  /** Where people reach the pages of links, without final slash. */
  linkBase: 'LINK_BASE',
  /** The address servers see us come from; empty where there is none of our own. */
  egressAddress: 'EGRESS_ADDRESS',
} as const;

export type SettingName = keyof typeof settings;

/** A missing one is a mistake of the stack, and says which. */
export function setting(
  name: SettingName,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const value = environment[settings[name]];
  if (value === undefined) throw new Error(`the function has no setting ${settings[name]}`);
  return value;
}

/** Functions are called through this alias, never as $LATEST: a durable execution goes on in the version it began with. */
export const LIVE = 'live';

/** Beside the code of each function: the settings of the deployment stage that are no secret. */
export const STAGE_FILE = 'stage.json';

/** The name a step is called by, with its alias; at most 64 characters before the colon. */
export function liveFunction(prefix: string, name: string): string {
  return `${prefix}-${name}:${LIVE}`;
}

/** Secrets, by what they hold; `id` is a partner or an authority. docs/aws-stacks.md says how each is written. */
export const secretNames = {
  /** PKCS#8 or OpenSSH PEM of the key we log in to a partner's servers with. */
  sshKey: (prefix: string, partner: string) => `${prefix}/ssh-key/${partner}`,
  /** `{"keyId": …, "hmacKey": …}` for an authority that wants an external account binding (RFC 8555, 7.3.4). */
  externalAccount: (prefix: string, authority: string) => `${prefix}/external-account/${authority}`,
  /** `{"keys": [base64 of 32 random bytes, …]}`; the first signs. */
  linkKeys: (prefix: string) => `${prefix}/link-keys`,
} as const;

/** Names of the inventory's attributes and indexes; test/cdk holds them equal to those of the adapter. */
export const inventoryKeys = {
  partition: 'pk',
  sort: 'sk',
  indexes: {
    due: { partition: 'duePk', sort: 'dueAt' },
    listed: { partition: 'listedPk', sort: 'listedAt' },
  },
} as const;

/** A token's scopes as Cognito writes them: `ucx-certs/orders:read`. Who it is for is the claim `partner`. */
export const SCOPE_PREFIX = 'ucx-certs/';

/** A system's client has one scope of this kind, which becomes its claim `partner`: `partner/emetrotel`. */
export const PARTNER_SCOPE_PREFIX = 'partner/';

/** Fields of a log line that alarms look at. */
export const logFields = { sentence: 'message', level: 'level', code: 'code' } as const;

/** Namespace and names of the metrics functions report. */
export const metrics = {
  namespace: 'ucx-certs',
  /** Of the certificates in service, the one nearest to its end: its remaining lifetime as a share of the whole, 0 to 1. */
  leastLifetimeLeft: 'LeastLifetimeLeft',
  /** How many open orders have an appointment whose window ended, and no word of how it went. */
  ordersPastWindow: 'OrdersPastWindow',
} as const;

/** What the function of settle-activation logs, with `orderId`, when a step answers that a server was put back. */
export const ROLLED_BACK = 'activation rolled back';
