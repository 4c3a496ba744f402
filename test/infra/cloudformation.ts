// As much of CloudFormation as it takes to read what a template comes to.
import type { Template } from './packaging.ts';

/** What the attributes and references that only AWS knows stand for in tests. */
const KNOWN: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
  'AWS::StackId':
    'arn:aws:cloudformation:eu-central-1:123456789012:stack/camunda-unassign/51af3dc0-da77-11e4-872e-1234567db123',
  Queue: 'https://sqs.eu-central-1.amazonaws.com/123456789012/queue',
  DeadLetterQueue: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letter-queue',
};

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * The value with its intrinsic functions carried out. `Ref` to a resource gives what KNOWN says or its `Name`, or
 * else `<logical id>`; `Fn::GetAtt` gives `<logical id>.<attribute>`.
 */
export function evaluate(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(template, item)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) {
    const intrinsic = INTRINSICS[first[0]];
    if (intrinsic) return intrinsic(template, first[1]);
  }
  return Object.fromEntries(
    entries
      .map(([name, item]) => [name, evaluate(template, item)] as const)
      .filter(([, item]) => item !== NO_VALUE),
  );
}

const list = (template: Template, value: unknown) => evaluate(template, value) as unknown[];

const INTRINSICS: Readonly<Record<string, (template: Template, value: unknown) => unknown>> = {
  Ref: (template, value) => {
    const name = String(value);
    if (name === 'AWS::NoValue') return NO_VALUE;
    const resourceName = template.Resources[name]?.Properties['Name'];
    return template.Parameters[name]?.Default ?? KNOWN[name] ?? resourceName ?? `<${name}>`;
  },
  'Fn::GetAtt': (_template, value) => {
    const [resource, attribute] = value as [string, string];
    return `<${resource}>.${attribute}`;
  },
  'Fn::Join': (template, value) => {
    const [separator, items] = list(template, value) as [string, string[]];
    return items.join(separator);
  },
  'Fn::Sub': (template, value) =>
    String(value).replace(/\$\{([^}.]+)(?:\.([^}]+))?\}/g, (_, name, attribute) =>
      String(evaluate(template, attribute ? { 'Fn::GetAtt': [name, attribute] } : { Ref: name })),
    ),
  'Fn::Select': (template, value) => {
    const [index, items] = list(template, value) as [number, unknown[]];
    return items[index];
  },
  'Fn::Split': (template, value) => {
    const [separator, text] = list(template, value) as [string, string];
    return text.split(separator);
  },
  'Fn::Equals': (template, value) => {
    const [left, right] = list(template, value);
    return left === right;
  },
  'Fn::Not': (template, value) => !list(template, value)[0],
  'Fn::If': (template, value) => {
    const [condition, yes, no] = value as [string, unknown, unknown];
    return evaluate(template, evaluate(template, template.Conditions[condition]) ? yes : no);
  },
};
