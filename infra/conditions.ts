// A template as it is after CloudFormation has looked at its conditions, all parameters at their defaults.

/** As much of a CloudFormation template as conditions need. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

const NO_VALUE = Symbol('AWS::NoValue');

/** The same template with one branch of every Fn::If, and nothing where that was AWS::NoValue. */
export function resolveConditions<T extends Template>(template: T): T {
  const holds = (name: string) => evaluate(template, template.Conditions?.[name]) === true;
  return resolve(template, holds) as T;
}

function resolve(value: unknown, holds: (condition: string) => boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, holds)).filter((item) => item !== NO_VALUE);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields['Ref'] === 'AWS::NoValue') return NO_VALUE;
  if (fields['Fn::If'] !== undefined) {
    const [condition, yes, no] = fields['Fn::If'] as [string, unknown, unknown];
    return resolve(holds(condition) ? yes : no, holds);
  }
  const resolved = Object.entries(fields).map(([name, item]) => [name, resolve(item, holds)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

/** The functions that the template's conditions use. */
function evaluate(template: Template, condition: unknown): unknown {
  if (typeof condition !== 'object' || condition === null) return condition;
  const [[name, argument] = ['nothing', undefined]] = Object.entries(condition);
  switch (name) {
    case 'Ref':
      return template.Parameters?.[String(argument)]?.Default;
    case 'Fn::Equals': {
      const [left, right] = argument as [unknown, unknown];
      return evaluate(template, left) === evaluate(template, right);
    }
    case 'Fn::Not':
      return !evaluate(template, (argument as [unknown])[0]);
    default:
      throw new Error(`a condition uses ${name}, which is not known here: add it`);
  }
}
