// What CloudFormation may not do to the state stack, whoever asks: replace or delete what holds state.

/** Types of the state stack that hold state; a test finds every resource of such a type in the template. */
export const statefulTypes = [
  'AWS::CloudTrail::Trail',
  'AWS::DynamoDB::Table',
  'AWS::EC2::EIP',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SecretsManager::Secret',
] as const;

/** As `SetStackPolicy` takes it; everything else may be updated. */
export const stackPolicy = {
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['Update:Replace', 'Update:Delete'],
      Resource: '*',
      Condition: { StringEquals: { ResourceType: statefulTypes } },
    },
  ],
} as const;
