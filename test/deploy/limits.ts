// What the emulator (ministack 1.5.33) does not do of what the deployment asks of AWS: the only place where these
// tests are more lenient than AWS. Each limit says what is checked instead.
//
//   the emulator                                           instead
//   knows no resource type of UNKNOWN_TYPES                left out of what is deployed; stack.test.ts finds them in
//                                                          the template
//   drops RecursiveLoop of a function, and counts no       stack.test.ts finds it in the template
//   loops over SQS
//   polls the queue and writes the log without asking      permissions.test.ts asks IAM's policy simulator
//   for the role's permission
//   refuses StartMessageMoveTask and its kin to a policy   permissions.test.ts asks IAM's policy simulator
//   that names the queue
//   asks for sqs:SendMessageBatch, which IAM has not       launch.py mends it
//   gives a queue without QueueName the same name each     test/infra/template.test.ts: the dead-letter queue has none,
//   time that the stack is made                            so that CloudFormation makes a new one
//   switches an event source at once, and keeps to no      test/infra/event-source.test.ts; stack.test.ts sees that
//   maximumConcurrency, memory size or arm64               the settings arrive

/** Resource types that the emulator refuses ("Unrecognized resource types"). */
const UNKNOWN_TYPES: ReadonlySet<string> = new Set([
  // saved Logs Insights queries
  'AWS::Logs::QueryDefinition',
]);

/** Whether the emulator refuses that resource type. */
export function isUnknownType(type: string): boolean {
  return UNKNOWN_TYPES.has(type);
}
