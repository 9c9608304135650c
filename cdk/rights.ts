// What a function may do on AWS, from what it asks of its services: as narrow as AWS can say it, each statement with its reason.

import type { SettingName } from '../lambdas/settings.ts';
import { LIVE, secretNames } from '../lambdas/settings.ts';
import {
  type FunctionName,
  type FunctionSpec,
  functions,
  type VaultThing,
  vaultThings,
  workflowFunctions,
} from './functions.ts';
import { functionArn, prefixOf, secretArn, tableArn, vaultArn } from './names.ts';
import type { StageSettings } from './stage-settings.ts';

export interface Right {
  /** Name of the statement; docs/permissions.md has a row for each. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a wildcard in its resources is no wider than what is meant. */
  readonly wildcards?: string;
}

/** What only the deployed stack knows. */
export interface RightsWorld {
  readonly stage: StageSettings;
  readonly inventoryKeyArn: string;
  readonly vaultKeyArn: string;
  readonly secretsKeyArn: string;
  readonly configurationSet: string;
}

/** The statements of one function's role, without those of logs, traces and network that every function has. */
export function rightsOf(name: FunctionName, world: RightsWorld): readonly Right[] {
  const spec = functions[name];
  return [
    ...inventoryRights(spec, world),
    ...vaultRights(spec, world),
    ...secretRights(spec, world),
    ...zoneRights(spec, world),
    ...mailRights(spec, world),
    ...executionRights(spec, world),
    ...workflowRights(name, spec, world),
  ];
}

/** Which settings a function has: those its services read, no more. */
export function settingsFor(name: FunctionName): readonly SettingName[] {
  const spec = functions[name];
  const asks = (port: string) => spec.uses.some((use) => use.startsWith(`${port}.`));
  const isNamed = asks('executions') || spec.calls !== undefined || needsSecret(spec);
  return [
    ...(asks('inventory') ? (['inventoryTable'] as const) : []),
    ...(asks('vault') ? (['vaultBucket', 'vaultKey'] as const) : []),
    ...(isNamed ? (['prefix'] as const) : []),
    ...(asks('mail') ? (['mailConfigurationSet'] as const) : []),
    ...(asks('linkKeys') || name === 'api' ? (['linkBase'] as const) : []),
    ...(name === 'api' ? (['egressAddress'] as const) : []),
  ];
}

function needsSecret({ uses }: FunctionSpec): boolean {
  return uses.some((use) => ['appliances.open', 'authority.ensureAccount', 'linkKeys.list'].includes(use));
}

function inventoryRights({ uses }: FunctionSpec, { stage, inventoryKeyArn }: RightsWorld): readonly Right[] {
  const asks = (...verbs: readonly string[]) => verbs.some((verb) => uses.includes(`inventory.${verb}`));
  if (!asks('find', 'add', 'replace', 'list', 'listMarked', 'remove')) return [];
  const table = tableArn(stage);
  const right = (sid: string, actions: readonly string[], resources = [table]): Right => ({ sid, actions, resources });
  return [
    right('ReadItems', ['dynamodb:GetItem']),
    ...(asks('add', 'replace') ? [right('WriteItems', ['dynamodb:PutItem'])] : []),
    ...(asks('remove') ? [right('RemoveItems', ['dynamodb:DeleteItem'])] : []),
    ...(asks('list') ? [right('ListPartition', ['dynamodb:Query'])] : []),
    ...(asks('listMarked')
      ? [
          right('ListMarked', ['dynamodb:Query'], [`${table}/index/due`, `${table}/index/listed`]),
          right('ReadMarked', ['dynamodb:BatchGetItem']),
        ]
      : []),
    {
      sid: 'UseInventoryKey',
      actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: [inventoryKeyArn],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${stage.region}.amazonaws.com` } },
    },
  ];
}

/** Statements are named by what they are about. */
const keepSids: Readonly<Record<VaultThing, string>> = {
  leafKeys: 'KeepLeafKeys',
  chains: 'KeepChains',
  requestKeys: 'KeepRequestKeys',
  importedKeys: 'KeepImportedKeys',
  importedChains: 'KeepImportedChains',
  accountKeys: 'KeepAccountKeys',
  laterAccountKeys: 'KeepLaterAccountKeys',
  webhookSecrets: 'KeepWebhookSecrets',
};

const readSids: Readonly<Record<VaultThing, string>> = {
  leafKeys: 'ReadLeafKeys',
  chains: 'ReadChains',
  requestKeys: 'ReadRequestKeys',
  importedKeys: 'ReadImportedKeys',
  importedChains: 'ReadImportedChains',
  accountKeys: 'ReadAccountKeys',
  laterAccountKeys: 'ReadLaterAccountKeys',
  webhookSecrets: 'ReadWebhookSecrets',
};

const VAULT_WILDCARDS = 'stands for partner, order, round or authority inside one kind of thing; nothing can be listed';

/**
 * Reading is by version. Whoever keeps a thing once also asks which version the name holds (`HeadObject`, for which S3 wants `s3:GetObject`),
 * and cannot open it: the key is usable for what is read alone. Without a bucket key S3's encryption context is the object
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
 */
function vaultRights(spec: FunctionSpec, { stage, vaultKeyArn }: RightsWorld): readonly Right[] {
  const { keeps = [], keepsOnce = [], reads = [] } = spec;
  const kept = [...keeps, ...keepsOnce];
  const named = (things: readonly VaultThing[]) => things.map((thing) => vaultArn(stage, vaultThings[thing]));
  return [
    ...kept.map((thing) => vaultRight(keepSids[thing], ['s3:PutObject'], named([thing]))),
    ...keepsOnce.map((thing) => vaultRight(`${keepSids[thing]}Once`, ['s3:GetObject'], named([thing]))),
    ...reads.map((thing) => vaultRight(readSids[thing], ['s3:GetObjectVersion'], named([thing]))),
    ...keyRight('EncryptForVault', 'kms:GenerateDataKey', kept),
    ...keyRight('DecryptFromVault', 'kms:Decrypt', reads),
  ];

  function keyRight(sid: string, action: string, things: readonly VaultThing[]): readonly Right[] {
    if (things.length === 0) return [];
    const conditions = {
      StringEquals: { 'kms:ViaService': `s3.${stage.region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': named(things) },
    };
    return [{ sid, actions: [action], resources: [vaultKeyArn], conditions }];
  }
}

function vaultRight(sid: string, actions: readonly string[], resources: readonly string[]): Right {
  return { sid, actions, resources, wildcards: VAULT_WILDCARDS };
}

const SECRET_WILDCARDS = 'the six characters Secrets Manager puts behind the name';

function secretRights({ uses }: FunctionSpec, { stage, secretsKeyArn }: RightsWorld): readonly Right[] {
  const prefix = prefixOf(stage);
  const bound = Object.entries(stage.authorities).filter(([, { externalAccount }]) => externalAccount);
  const secrets: readonly (readonly [string, string, readonly string[]])[] = [
    ['ReadSshKeys', 'appliances.open', Object.keys(stage.partners).map((id) => secretNames.sshKey(prefix, id))],
    ['ReadExternalAccounts', 'authority.ensureAccount', bound.map(([id]) => secretNames.externalAccount(prefix, id))],
    ['ReadLinkKeys', 'linkKeys.list', [secretNames.linkKeys(prefix)]],
  ];
  const rights = secrets
    .filter(([, use, names]) => uses.includes(use) && names.length > 0)
    .map(([sid, , names]) => {
      const resources = names.map((name) => secretArn(stage, name));
      return { sid, actions: ['secretsmanager:GetSecretValue'], resources, wildcards: SECRET_WILDCARDS };
    });
  if (rights.length === 0) return [];
  const contexts = rights.flatMap(({ resources }) => resources);
  const conditions = {
    StringEquals: { 'kms:ViaService': `secretsmanager.${stage.region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:SecretARN': contexts },
  };
  return [...rights, { sid: 'DecryptSecrets', actions: ['kms:Decrypt'], resources: [secretsKeyArn], conditions }];
}

/**
 * A change is a DELETE of what was read and a CREATE of what is wanted, never an UPSERT. `ForAllValues` holds where there is no value at all, so
 * that there is one is asked for too. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
 */
function zoneRights({ uses }: FunctionSpec, { stage }: RightsWorld): readonly Right[] {
  const asks = (...names: readonly string[]) => names.some((use) => uses.includes(use));
  const writesTxt = asks('zones.add', 'zones.remove');
  const writesAddress = asks('addresses.replaceAddress');
  const zones = stage.zones.map(({ hostedZoneId }) => zoneArn(hostedZoneId));
  if (!uses.some((use) => use.startsWith('zones.') || use.startsWith('addresses.'))) return [];
  return [
    {
      sid: 'FindZones',
      actions: ['route53:ListHostedZonesByName'],
      resources: ['*'],
      wildcards: 'AWS knows no narrower form of this action: it answers the names of zones, no record',
    },
    ...(asks('zones.follow') || writesTxt || writesAddress || asks('addresses.findAddress')
      ? [{ sid: 'ReadRecords', actions: ['route53:ListResourceRecordSets'], resources: zones }]
      : []),
    ...(asks('zones.isVisible', 'addresses.addressIsVisible')
      ? [{ sid: 'ReadNameServers', actions: ['route53:GetHostedZone'], resources: zones }]
      : []),
    ...(writesTxt ? challengeRights(stage) : []),
    ...(writesAddress
      ? stage.zones.map(({ name, hostedZoneId }, index) =>
          changeRight(`WriteAddresses${index + 1}`, hostedZoneId, { names: [name, `*.${name}`], types: ['A', 'AAAA'] }),
        )
      : []),
  ];
}

function challengeRights({ zones, delegationZone }: StageSettings): readonly Right[] {
  const own = zones.map(({ name, hostedZoneId }, index) =>
    changeRight(`WriteChallenges${index + 1}`, hostedZoneId, {
      names: [`_acme-challenge.${name}`, `_acme-challenge.*.${name}`],
      types: ['TXT'],
    }),
  );
  const holder = zones
    .filter(({ name }) => delegationZone === name || delegationZone?.endsWith(`.${name}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (holder === undefined) return own;
  const delegated = { names: [`*.${delegationZone}`], types: ['TXT'] };
  return [...own, changeRight('WriteDelegatedChallenges', holder.hostedZoneId, delegated)];
}

function changeRight(
  sid: string,
  hostedZoneId: string,
  { names, types }: { readonly names: readonly string[]; readonly types: readonly string[] },
): Right {
  const key = (what: string) => `route53:ChangeResourceRecordSets${what}`;
  return {
    sid,
    actions: ['route53:ChangeResourceRecordSets'],
    resources: [zoneArn(hostedZoneId)],
    conditions: {
      'ForAllValues:StringLike': { [key('NormalizedRecordNames')]: names },
      'ForAllValues:StringEquals': { [key('RecordTypes')]: types, [key('Actions')]: ['CREATE', 'DELETE'] },
      Null: { [key('NormalizedRecordNames')]: 'false', [key('RecordTypes')]: 'false', [key('Actions')]: 'false' },
    },
  };
}

function zoneArn(hostedZoneId: string): string {
  return `arn:aws:route53:::hostedzone/${hostedZoneId}`;
}

function mailRights({ uses }: FunctionSpec, { stage, configurationSet }: RightsWorld): readonly Right[] {
  if (!uses.includes('mail.send')) return [];
  const { address } = stage.mail;
  const ses = `arn:aws:ses:${stage.region}:${stage.account}`;
  return [
    {
      sid: 'SendMail',
      actions: ['ses:SendEmail', 'ses:SendRawEmail'],
      resources: [`${ses}:identity/${domainOf(address)}`, `${ses}:configuration-set/${configurationSet}`],
      conditions: { StringEquals: { 'ses:FromAddress': address } },
    },
  ];
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

const VERSIONS =
  'the versions of one function: a durable execution lives under the one it began with, and no alias matches it';

/** Only fulfil-order waits for callbacks. https://docs.aws.amazon.com/lambda/latest/dg/durable-security.html */
function executionRights({ uses }: FunctionSpec, { stage }: RightsWorld): readonly Right[] {
  const runs = (verb: string) =>
    uses.filter((use) => use.startsWith(`executions.${verb} `)).map((use) => use.split(' ')[1] ?? '');
  const started = runs('start');
  const asked = runs('state');
  const every = (name: string) => functionArn(stage, name, '*');
  return [
    ...(started.length > 0
      ? [
          {
            sid: 'StartRuns',
            actions: ['lambda:InvokeFunction'],
            resources: started.map((run) => functionArn(stage, run, LIVE)),
          },
        ]
      : []),
    ...(asked.length > 0
      ? [
          {
            sid: 'AskForRuns',
            actions: ['lambda:ListDurableExecutionsByFunction'],
            resources: asked.flatMap((run) => [functionArn(stage, run), every(run)]),
            wildcards: VERSIONS,
          },
        ]
      : []),
    ...(uses.includes('executions.wake')
      ? [
          {
            sid: 'WakeRuns',
            actions: ['lambda:SendDurableExecutionCallbackSuccess'],
            resources: [every('fulfil-order')],
            wildcards: VERSIONS,
          },
        ]
      : []),
  ];
}

function workflowRights(name: FunctionName, { calls }: FunctionSpec, { stage }: RightsWorld): readonly Right[] {
  if (calls === undefined) return [];
  return [
    {
      sid: 'CallSteps',
      actions: ['lambda:InvokeFunction'],
      resources: calls.map((step) => functionArn(stage, step, LIVE)),
    },
    {
      sid: 'KeepOwnRun',
      actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
      resources: [functionArn(stage, name, '*')],
      wildcards: VERSIONS,
    },
  ];
}

export function isWorkflow(name: FunctionName): name is keyof typeof workflowFunctions {
  return Object.hasOwn(workflowFunctions, name);
}
