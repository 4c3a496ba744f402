// Clients of the emulated AWS, in the name of its root or of somebody with one managed policy.
import { Agent } from 'node:https';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { inject } from 'vitest';

/** Whose requests they are. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The emulator's root, who may do everything. */
export const ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The emulated AWS. */
export const aws = inject('aws');

/** What the SDK's clients need to reach the emulated AWS over TLS. */
export function clientConfig(credentials: Credentials = ROOT) {
  return {
    endpoint: aws.endpoint,
    region: aws.region,
    credentials,
    requestHandler: { httpsAgent: new Agent({ ca: aws.ca }), requestTimeout: 60_000 },
  };
}

export const cloudformation = new CloudFormationClient(clientConfig());
export const cloudwatch = new CloudWatchClient(clientConfig());
export const iam = new IAMClient(clientConfig());
export const lambda = new LambdaClient(clientConfig());
export const logs = new CloudWatchLogsClient(clientConfig());
export const secretsManager = new SecretsManagerClient(clientConfig());
export const sqs = new SQSClient(clientConfig());
export const ssm = new SSMClient(clientConfig());

/** Somebody, with clients. */
export interface User {
  readonly arn: string;
  readonly credentials: Credentials;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

/** Somebody who may do what these managed policies allow, and nothing else. */
export async function userWith(...policyArns: readonly string[]): Promise<User> {
  const UserName = `with-${policyArns.map((arn) => arn.split('/').at(-1)).join('-')}`.slice(0, 64);
  const { User: user } = await iam.send(new CreateUserCommand({ UserName }));
  for (const PolicyArn of policyArns) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const config = clientConfig(credentials);
  return { arn: user?.Arn ?? '', credentials, sqs: new SQSClient(config), ssm: new SSMClient(config) };
}
