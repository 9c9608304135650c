// What must outlive us: the inventory, the vault, its keys, secrets, the audit log, the address servers allow. Nothing here runs.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { inventoryKeys, secretNames } from '../lambdas/settings.ts';
import { accept } from './exceptions.ts';
import { auditBucketName, parameters, prefixOf, tableName, vaultBucketName } from './names.ts';
import type { StageSettings } from './stage-settings.ts';

const KEPT = RemovalPolicy.RETAIN;

export class StateStack extends Stack {
  readonly #stage: StageSettings;

  constructor(scope: Construct, id: string, stage: StageSettings) {
    super(scope, id, {
      env: { account: stage.account, region: stage.region },
      stackName: `${prefixOf(stage)}-state`,
      description: 'UCx certificates: what must outlive the service',
      terminationProtection: true,
    });
    this.#stage = stage;
    this.#inventory();
    const { vault, audit } = this.#vault();
    this.#trail(vault, audit);
    this.#secrets();
    if (stage.egress === 'nat') this.#egressAddress();
  }

  #key(id: string, description: string): Key {
    const key = new Key(this, id, {
      description: `UCx certificates (${this.#stage.name}): ${description}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: KEPT,
    });
    return key;
  }

  #tell(id: string, parameterName: string, stringValue: string): void {
    new StringParameter(this, id, { parameterName, stringValue });
  }

  #inventory(): void {
    const key = this.#key('InventoryKey', 'the inventory');
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const table = new Table(this, 'Inventory', {
      tableName: tableName(this.#stage),
      partitionKey: text(inventoryKeys.partition),
      sortKey: text(inventoryKeys.sort),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: KEPT,
    });
    for (const [indexName, { partition, sort }] of Object.entries(inventoryKeys.indexes)) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(partition),
        sortKey: text(sort),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    this.#tell('InventoryKeyArn', parameters.inventoryKeyArn(this.#stage), key.keyArn);
  }

  /** No bucket key: with one, the encryption context is the bucket, and a role's right to decrypt could not be held to what it reads. */
  #vault(): { readonly vault: Bucket; readonly audit: Bucket } {
    const key = this.#key('VaultKey', 'private keys and chains');
    const vault = new Bucket(this, 'Vault', {
      bucketName: vaultBucketName(this.#stage),
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: false,
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: KEPT,
    });
    this.#refuse(vault, 'NoOtherEncryption', 's3:x-amz-server-side-encryption', 'aws:kms');
    this.#refuse(vault, 'NoOtherKey', 's3:x-amz-server-side-encryption-aws-kms-key-id', key.keyArn);
    accept(vault, 'AwsSolutions-S1', 'every read and write is in the audit log of CloudTrail, by object and version');
    const audit = new Bucket(this, 'AuditLog', {
      bucketName: auditBucketName(this.#stage),
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(this.#stage.retention.auditDays)),
      lifecycleRules: [
        { transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) }] },
      ],
      removalPolicy: KEPT,
    });
    accept(
      audit,
      'AwsSolutions-S1',
      'it is the log; nobody of the service may read it, and nobody at all may change it',
    );
    this.#tell('VaultKeyArn', parameters.vaultKeyArn(this.#stage), key.keyArn);
    return { vault, audit };
  }

  /** Who says nothing gets the bucket's own key; who asks for anything else gets nothing. */
  #refuse(bucket: Bucket, sid: string, header: string, wanted: string): void {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
        conditions: { StringNotEquals: { [header]: wanted }, Null: { [header]: 'false' } },
      }),
    );
  }

  #trail(vault: Bucket, audit: Bucket): void {
    const trail = new Trail(this, 'Trail', {
      trailName: `${prefixOf(this.#stage)}-audit`,
      bucket: audit,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableFileValidation: true,
    });
    trail.addS3EventSelector([{ bucket: vault }]);
    trail.applyRemovalPolicy(KEPT);
    for (const { policy } of [vault, audit]) policy?.applyRemovalPolicy(KEPT);
  }

  #secrets(): void {
    const key = this.#key('SecretsKey', 'SSH keys, external account bindings, link keys');
    const prefix = prefixOf(this.#stage);
    const add = (id: string, secretName: string, description: string) => {
      const secret = new Secret(this, id, { secretName, description, encryptionKey: key, removalPolicy: KEPT });
      accept(secret, 'AwsSolutions-SMG4', 'both sides must change together: ops rotate it as docs/aws-stacks.md says');
    };
    for (const partner of Object.keys(this.#stage.partners))
      add(`SshKey-${partner}`, secretNames.sshKey(prefix, partner), `SSH key for the servers of ${partner}`);
    for (const [authority, { externalAccount }] of Object.entries(this.#stage.authorities))
      if (externalAccount)
        add(`ExternalAccount-${authority}`, secretNames.externalAccount(prefix, authority), `EAB of ${authority}`);
    add('LinkKeys', secretNames.linkKeys(prefix), 'Keys that sign the links in mails');
    this.#tell('SecretsKeyArn', parameters.secretsKeyArn(this.#stage), key.keyArn);
  }

  /** Firewalls of customers allow it: losing it would lock us out of every server. */
  #egressAddress(): void {
    const address = new CfnEIP(this, 'EgressAddress', { domain: 'vpc' });
    address.applyRemovalPolicy(KEPT);
    this.#tell('EgressAllocation', parameters.egressAllocation(this.#stage), address.attrAllocationId);
    this.#tell('EgressIp', parameters.egressAddress(this.#stage), address.attrPublicIp);
  }
}
