// The state stack made by moto's CloudFormation: what it makes is what the adapters look for, by the same names.

import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { tableName, vaultBucketName } from '../../cdk/names.ts';
import { inventoryTable } from '../../src/adapters/aws/inventory-table.ts';
import { useMoto } from '../support/moto.ts';
import { templates } from './templates.ts';

const { stage, stateTemplate } = templates();
const moto = useMoto();

describe('the state stack in a CloudFormation that somebody else wrote', () => {
  it('is made, with the table and the bucket the adapters look for', async () => {
    const settings = { ...moto.connection(), region: stage.region, maxAttempts: 1 };
    const cloudformation = new CloudFormationClient(settings);
    const StackName = 'state';
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(asMotoReads()) }));
    const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks.map(({ StackStatus }) => StackStatus)).toEqual(['CREATE_COMPLETE']);

    const { Table } = await new DynamoDBClient(settings).send(
      new DescribeTableCommand({ TableName: tableName(stage) }),
    );
    const wanted = inventoryTable(tableName(stage));
    expect(Table?.KeySchema).toEqual(wanted.KeySchema);
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['due', 'listed']);
    expect(Table?.DeletionProtectionEnabled).toBe(true);

    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket: vaultBucketName(stage) }));
    const [rule] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
    expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('aws:kms');
  });
});

/** Moto has no bootstrap parameter, and reads tags of keys and parameters by other names than CloudFormation. */
function asMotoReads(): unknown {
  const { Parameters, Rules, ...template } = structuredClone(stateTemplate) as Record<string, unknown>;
  for (const { Type, Properties } of Object.values(template.Resources as Record<string, Made>))
    if (Type === 'AWS::KMS::Key' || Type === 'AWS::SSM::Parameter') delete Properties?.Tags;
  return template;
}

interface Made {
  readonly Type: string;
  readonly Properties?: { Tags?: unknown };
}
