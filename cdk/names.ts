// Names by which the two stacks, and people, find things; each is a function of the deployment stage.

import type { StageSettings } from './stage-settings.ts';

/** In front of all names. */
export function prefixOf({ name }: StageSettings): string {
  return `ucx-certs-${name}`;
}

export function tableName(stage: StageSettings): string {
  return `${prefixOf(stage)}-inventory`;
}

/** Names of buckets are the whole world's. */
export function vaultBucketName(stage: StageSettings): string {
  return `${prefixOf(stage)}-vault-${stage.account}-${stage.region}`;
}

export function auditBucketName(stage: StageSettings): string {
  return `${prefixOf(stage)}-audit-${stage.account}-${stage.region}`;
}

/** Where the state stack writes what AWS named for it, and the service stack reads it. */
export const parameters = {
  inventoryKeyArn: (stage: StageSettings) => `/${prefixOf(stage)}/inventory-key-arn`,
  vaultKeyArn: (stage: StageSettings) => `/${prefixOf(stage)}/vault-key-arn`,
  secretsKeyArn: (stage: StageSettings) => `/${prefixOf(stage)}/secrets-key-arn`,
  egressAllocation: (stage: StageSettings) => `/${prefixOf(stage)}/egress-allocation-id`,
  egressAddress: (stage: StageSettings) => `/${prefixOf(stage)}/egress-address`,
} as const;

export function tableArn(stage: StageSettings): string {
  return `arn:aws:dynamodb:${stage.region}:${stage.account}:table/${tableName(stage)}`;
}

export function vaultArn(stage: StageSettings, thing = ''): string {
  return `arn:aws:s3:::${vaultBucketName(stage)}${thing === '' ? '' : `/${thing}`}`;
}

export function functionArn(stage: StageSettings, name: string, qualifier = ''): string {
  const suffix = qualifier === '' ? '' : `:${qualifier}`;
  return `arn:aws:lambda:${stage.region}:${stage.account}:function:${prefixOf(stage)}-${name}${suffix}`;
}

/** Secrets Manager puts six characters of its own behind a name. */
export function secretArn(stage: StageSettings, secretName: string): string {
  return `arn:aws:secretsmanager:${stage.region}:${stage.account}:secret:${secretName}-??????`;
}

/** One log group for all functions: an order is read in one place, and an alarm looks at all of them. */
export function logGroupName(stage: StageSettings): string {
  return `/${prefixOf(stage)}/functions`;
}

export function logArn(stage: StageSettings): string {
  return `arn:aws:logs:${stage.region}:${stage.account}:log-group:${logGroupName(stage)}`;
}
