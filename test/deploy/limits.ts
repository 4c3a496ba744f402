// What the emulator (ministack 1.5.33) does not do of what the deployment asks of AWS: the only place where these
// tests are more lenient than AWS. Each limit says what is checked instead.
//
//   the emulator                                           instead
//   knows no resource type of UNKNOWN_TYPES                left out of what is deployed; stack.test.ts finds them in
//                                                          the template
//   asks nobody's permission for what CloudFormation       who-may-deploy.test.ts asks IAM's policy simulator about
//   makes, and works without its service role              all that CloudFormation calls
//   drops PermissionsBoundary of a role                    test/infra/organisation.test.ts finds it in the template
//   simulates policies without a request's context         who-may-deploy.test.ts compares the conditions
//   makes no alarm on metric math                          made on the first of its metrics; messages.test.ts finds
//                                                          all of them in the template
//   drops RecursiveLoop of a function, and counts no       stack.test.ts finds it in the template
//   loops over SQS
//   polls the queue and writes the log without asking      permissions.test.ts asks IAM's policy simulator
//   for the role's permission
//   refuses StartMessageMoveTask and its kin to a policy   permissions.test.ts asks IAM's policy simulator
//   that names the queue
//   asks for sqs:SendMessageBatch, which IAM has not       launch.py mends it
//   gives a queue without QueueName the same name each     test/infra/template.test.ts: the dead-letter queue has none,
//   time that the stack is made                            so that CloudFormation makes a new one
//   writes no metrics of SQS, and reads none from the      stack.test.ts and messages.test.ts compare what alarms and
//   log, so that no alarm goes off                         dashboard look at with what there is
//   switches an event source at once, and keeps to no      test/infra/tools/emergency-stop.test.ts; stack.test.ts sees that
//   maximumConcurrency, memory size or arm64               the settings arrive

import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Template } from '../infra/packaging.ts';

type Resource = Template['Resources'][string];

/** Resource types that the emulator refuses ("Unrecognized resource types"). */
const UNKNOWN_TYPES: ReadonlySet<string> = new Set([
  // saved Logs Insights queries
  'AWS::Logs::QueryDefinition',
]);

/** Whether the emulator refuses that resource type. */
export function isUnknownType(type: string): boolean {
  return UNKNOWN_TYPES.has(type);
}

/** The alarms on metric math, as the template has them. */
export function mathAlarms({ Resources }: Template): MetricAlarm[] {
  return Object.values(Resources)
    .filter(isMathAlarm)
    .map(({ Properties }) => Properties as MetricAlarm);
}

/** The template as the emulator takes it. */
export function withinLimits(template: Template): Template {
  const known = Object.entries(template.Resources).filter(([, { Type }]) => !isUnknownType(Type));
  return {
    ...template,
    Resources: Object.fromEntries(known.map(([id, resource]) => [id, simplified(resource)])),
  };
}

function isMathAlarm({ Type, Properties }: Resource): boolean {
  return Type === 'AWS::CloudWatch::Alarm' && Properties['Metrics'] !== undefined;
}

function simplified(resource: Resource): Resource {
  if (!isMathAlarm(resource)) return resource;
  const { Metrics = [], ...properties } = resource.Properties as MetricAlarm;
  const { Metric, Stat, Period } =
    Metrics.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat ?? {};
  return { ...resource, Properties: { ...properties, ...Metric, Statistic: Stat, Period } };
}
