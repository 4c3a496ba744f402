// Deployments that between them have every condition of the template both ways, for the scanners and the tests.

/** Options of osls for nothing but what is required. */
export const PLAIN: readonly string[] = [
  '--stage=dev',
  '--param=camundaRestAddress=https://camunda.example.org',
];

/** Options of osls for all that adds something to the template. */
export const EVERYTHING: readonly string[] = [
  '--stage=prod',
  '--region=eu-central-1',
  '--param=camundaRestAddress=https://camunda.example.org',
  '--param=camundaOauthUrl=https://login.example.org/oauth/token',
  '--param=camundaClientId=unassign',
  '--param=camundaSecretArn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda/prod-AbC123',
  '--param=camundaSecretKmsKeyArn=arn:aws:kms:eu-central-1:123456789012:key/6f1c9a52-0f0b-4f9e-9d59-6a0a3c1f6b11',
  '--param=kmsKeyArn=arn:aws:kms:eu-central-1:123456789012:key/0b7f4c0e-3a55-4e2f-8a0a-f5c1c5d7c1d2',
  '--param=producerArns=arn:aws:iam::210987654321:role/orders,arn:aws:sns:eu-central-1:123456789012:orders',
  '--param=producerAccounts=345678901234',
  '--param=subnetIds=subnet-0a1b2c3d',
  '--param=securityGroupIds=sg-0a1b2c3d',
  '--param=tracing=true',
  '--param=tracingLayerArn=arn:aws:lambda:eu-central-1:615299751070:layer:AWSOpenTelemetryDistroJs:8',
  '--param=alarmTopicArn=arn:aws:sns:eu-central-1:123456789012:on-call',
  '--param=tags=Team=orders,CostCentre=0042,Owner=orders@example.org,Environment=production,DataClass=internal,' +
    'Application=camunda,Contact=on-call',
  '--param=permissionsBoundaryArn=arn:aws:iam::123456789012:policy/boundary',
  '--param=iamPath=/teams/orders/',
  '--param=iamNamePrefix=orders-',
  '--param=deploymentBucket=artifacts-of-orders',
  '--param=deploymentRoleArn=arn:aws:iam::123456789012:role/deploys-with-cloudformation',
  '--param=logKmsKeyArn=arn:aws:kms:eu-central-1:123456789012:key/0b7f4c0e-3a55-4e2f-8a0a-f5c1c5d7c1d2',
  '--param=codeSigningConfigArn=arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0',
  '--param=keepLogGroup=true',
];
