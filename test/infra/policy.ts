// As much of IAM's evaluation of a resource policy as the queues' policies use (IAM user guide, "Policy evaluation
// logic" and "IAM JSON policy elements: Condition operators").
import * as z from 'zod';

/** Who calls, and what the request's context says; a key that is not there is absent. */
export interface Caller {
  /** The caller's ARN, or the service's name. */
  readonly name: string;
  readonly context: Readonly<Record<string, string>>;
}

/** What the policy says; where it says no word, the caller's own policies decide, and nothing is allowed to others. */
export type Verdict = 'allowed' | 'denied' | 'no word';

/** A principal of IAM. */
export function principal(arn: string): Caller {
  const context = {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': arn.split(':')[4] ?? '',
    'aws:PrincipalIsAWSService': 'false',
    'aws:SecureTransport': 'true',
  };
  return { name: arn, context };
}

/** An AWS service that calls by itself, for a resource where it says so. */
export function service(name: string, sourceArn?: string): Caller {
  const context = {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': `${name}.amazonaws.com`,
    'aws:SecureTransport': 'true',
    ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
  };
  return { name: `${name}.amazonaws.com`, context };
}

/** Somebody without credentials. */
export const ANONYMOUS: Caller = {
  name: 'anonymous',
  context: {
    'aws:PrincipalAccount': 'anonymous',
    'aws:PrincipalIsAWSService': 'false',
    'aws:SecureTransport': 'true',
  },
};

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Policy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z.union([z.literal('*'), z.record(z.enum(['AWS', 'Service']), texts.optional())]),
      Action: texts,
      Condition: z.record(z.string(), z.record(z.string(), texts)).default({}),
    }),
  ),
});
type Statement = z.infer<typeof Policy>['Statement'][number];

/** What a policy document says of an action of a caller. */
export function judge(document: unknown, action: string, caller: Caller): Verdict {
  const speaking = Policy.parse(document).Statement.filter(
    (statement) =>
      statement.Action.some((pattern) => pattern === action || pattern === 'sqs:*') &&
      includes(statement.Principal, caller) &&
      holds(statement.Condition, caller.context),
  );
  if (speaking.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return speaking.length > 0 ? 'allowed' : 'no word';
}

/** An account's id stands for all of its principals. */
function includes(wanted: Statement['Principal'], { name }: Caller): boolean {
  if (wanted === '*') return true;
  const account = name.split(':')[4];
  return [...(wanted.AWS ?? []), ...(wanted.Service ?? [])].some((one) => one === name || one === account);
}

function holds(condition: Statement['Condition'], context: Caller['context']): boolean {
  return Object.entries(condition).every(([operator, keys]) => {
    const test = OPERATORS[operator];
    if (test === undefined) throw new Error(`the condition operator ${operator} is not known here`);
    return Object.entries(keys).every(([key, values]) => test(context[key], values));
  });
}

const equals = (found: string | undefined, values: readonly string[]) =>
  found !== undefined && values.includes(found);
const orAbsent = (found: string | undefined, values: readonly string[]) =>
  found === undefined || values.includes(found);
/** A negated operator holds for an absent key, with IfExists and without. */
const differs = (found: string | undefined, values: readonly string[]) => !equals(found, values);

const OPERATORS: Readonly<Record<string, (found: string | undefined, values: readonly string[]) => boolean>> =
  {
    ArnEquals: equals,
    ArnNotEqualsIfExists: differs,
    Bool: equals,
    BoolIfExists: orAbsent,
    StringNotEqualsIfExists: differs,
  };
