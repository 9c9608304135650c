// The one address servers see us come from: a network for the steps that log in to them, and for nothing else.

import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  NatProvider,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { parameters } from '../names.ts';
import type { StageSettings } from '../stage-settings.ts';

/** One NAT gateway has the address: if its zone is gone, whatever logs in to servers waits; nothing else does. */
export class Egress extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, stage: StageSettings) {
    super(scope, id);
    const allocation = StringParameter.valueForStringParameter(this, parameters.egressAllocation(stage));
    this.vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.96.0.0/22'),
      natGateways: 1,
      natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [allocation] }),
      subnetConfiguration: [
        { name: 'Nat', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
        { name: 'Steps', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      ],
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    const retention: RetentionDays = stage.retention.logDays;
    this.vpc.addFlowLog('Flows', {
      destination: FlowLogDestination.toCloudWatchLogs(new LogGroup(this, 'FlowLog', { retention })),
      trafficType: FlowLogTrafficType.ALL,
    });
    this.securityGroup = new SecurityGroup(this, 'Steps', {
      vpc: this.vpc,
      description: 'Steps that log in to servers: out, never in',
    });
  }
}
