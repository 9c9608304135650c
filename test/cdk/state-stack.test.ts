// What must outlive us is kept, locked and where it was: the promises of the state stack.

import { describe, expect, it } from 'vitest';
import { stackPolicy, statefulTypes } from '../../cdk/stack-policy.ts';
import { inventoryKeys } from '../../lambdas/settings.ts';
import { inventoryAttributes, inventoryTable } from '../../src/adapters/aws/inventory-table.ts';
import { type Resource, templates } from './templates.ts';

/** A renamed construct is a new resource, and the old one's content is where nobody looks: change these only with a plan for that. */
const pinned = [
  'AuditLogA5B7094E',
  'AuditLogPolicyD36F21E3',
  'EgressAddress',
  'ExternalAccountbound21A26CBA',
  'InventoryCFCBEC24',
  'InventoryKey0E98B434',
  'LinkKeys5F500E84',
  'SecretsKey317DCF94',
  'SshKeyemetrotelB829CB4C',
  'Trail022F0CF2',
  'Vault23237E5B',
  'VaultKey6B75F33E',
  'VaultPolicyE1328754',
];

describe('the state stack', () => {
  const { state, stage } = templates();
  const stateful = state.filter(({ type }) => statefulTypes.some((one) => one === type));
  const one = (type: string, id = /./): Resource => {
    const [found, ...others] = state.filter((resource) => resource.type === type && id.test(resource.id));
    if (found === undefined || others.length > 0) throw new Error(`${others.length} others than one ${type}`);
    return found;
  };

  it('has the stateful resources under the ids they have had from the first day', () => {
    expect(stateful.map(({ id }) => id).sort()).toEqual(pinned);
  });

  it('keeps each of them when it is deleted or replaced', () => {
    const lost = stateful.filter((resource) => {
      return resource.deletionPolicy !== 'Retain' || resource.updateReplacePolicy !== 'Retain';
    });
    expect(lost.map(({ id }) => id)).toEqual([]);
  });

  it('has nothing else that could hold state', () => {
    const harmless = ['AWS::CDK::Metadata', 'AWS::SSM::Parameter'];
    expect(state.filter((resource) => !stateful.includes(resource) && !harmless.includes(resource.type))).toEqual([]);
  });

  it('may be updated, but nothing in it replaced or deleted', () => {
    expect(stackPolicy.Statement.map(({ Effect, Action }) => [Effect, Action])).toEqual([
      ['Allow', 'Update:*'],
      ['Deny', ['Update:Replace', 'Update:Delete']],
    ]);
    const [, deny] = stackPolicy.Statement;
    expect(deny.Condition.StringEquals.ResourceType).toEqual([...new Set(stateful.map(({ type }) => type))].sort());
  });

  it('has the inventory as the adapter knows it', () => {
    const { partition, sort, indexes } = inventoryAttributes;
    expect(inventoryKeys).toEqual({
      partition,
      sort,
      indexes: {
        due: { partition: indexes.due.shelf, sort: indexes.due.at },
        listed: { partition: indexes.listed.shelf, sort: indexes.listed.at },
      },
    });
    const { TableName: table, AttributeDefinitions: defined = [], ...wanted } = inventoryTable('any');
    const { properties } = one('AWS::DynamoDB::Table');
    expect(properties).toMatchObject(wanted);
    expect(properties.AttributeDefinitions).toHaveLength(defined.length);
    expect(properties.AttributeDefinitions).toEqual(expect.arrayContaining([...defined]));
    expect(table).toBe('any');
  });

  it('can put the inventory back to any second of five weeks, and lets nobody delete it', () => {
    expect(one('AWS::DynamoDB::Table').properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });

  it('keeps every version in the vault, under its own key, for nobody of the public', () => {
    const { properties } = one('AWS::S3::Bucket', /^Vault/);
    const [encryption] = properties.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(encryption.ServerSideEncryptionByDefault.SSEAlgorithm).toBe('aws:kms');
    expect(encryption.ServerSideEncryptionByDefault.KMSMasterKeyID['Fn::GetAtt'][0]).toMatch(/^VaultKey/);
    expect(encryption.BucketKeyEnabled).toBe(false);
    expect(properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(Object.values(properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(JSON.stringify(properties.LifecycleConfiguration)).not.toContain('Expiration');
  });

  it('lets nobody into the vault without TLS, and nothing in under another key', () => {
    const { properties } = one('AWS::S3::BucketPolicy', /^Vault/);
    const statements: readonly Record<string, unknown>[] = properties.PolicyDocument.Statement;
    expect(statements.every(({ Effect }) => Effect === 'Deny')).toBe(true);
    const conditions = statements.map(({ Condition }) =>
      Object.keys(Condition as object)
        .sort()
        .join(),
    );
    expect(conditions.sort()).toEqual(['Bool', 'Null,StringNotEquals', 'Null,StringNotEquals', 'NumericLessThan']);
  });

  it('keeps an audit log that nobody can change for as long as the settings say', () => {
    const { properties } = one('AWS::S3::Bucket', /^AuditLog/);
    expect(properties.ObjectLockEnabled).toBe(true);
    expect(properties.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({
      Mode: 'COMPLIANCE',
      Days: stage.retention.auditDays,
    });
    const trail = one('AWS::CloudTrail::Trail').properties;
    expect(trail).toMatchObject({ EnableLogFileValidation: true, IsMultiRegionTrail: true, IsLogging: true });
    expect(JSON.stringify(trail.EventSelectors)).toContain('"Vault');
  });

  it('turns its keys over every year, and gives thirty days to think before one is gone', () => {
    const keys = state.filter(({ type }) => type === 'AWS::KMS::Key');
    expect(keys).toHaveLength(3);
    for (const { properties } of keys)
      expect(properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 });
  });

  it('writes no secret into a template', () => {
    const secrets = state.filter(({ type }) => type === 'AWS::SecretsManager::Secret');
    expect(secrets.map(({ properties }) => properties.Name).sort()).toEqual([
      'ucx-certs-example/external-account/bound',
      'ucx-certs-example/link-keys',
      'ucx-certs-example/ssh-key/emetrotel',
    ]);
    for (const { properties } of secrets) {
      expect(properties.SecretString).toBeUndefined();
      expect(properties.KmsKeyId['Fn::GetAtt'][0]).toMatch(/^SecretsKey/);
    }
  });
});
