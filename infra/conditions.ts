// A template as it is after CloudFormation has looked at its parameters, all at their defaults, and at its conditions.

/** As much of a CloudFormation template as parameters and conditions need. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * The same template without parameters and conditions: the default in a parameter's place, one branch of every Fn::If, and
 * nothing where that was AWS::NoValue.
 */
export function resolveParameters<T extends Template>(template: T): Omit<T, 'Parameters' | 'Conditions'> {
  const { Parameters: _, Conditions: _conditions, ...rest } = template;
  return resolve(rest, template) as Omit<T, 'Parameters' | 'Conditions'>;
}

function resolve(value: unknown, template: Template): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, template)).filter((item) => item !== NO_VALUE);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const ref = fields['Ref'];
  if (ref === 'AWS::NoValue') return NO_VALUE;
  if (typeof ref === 'string' && template.Parameters?.[ref] !== undefined) {
    return template.Parameters[ref].Default;
  }
  if (fields['Fn::If'] !== undefined) {
    const [condition, yes, no] = fields['Fn::If'] as [string, unknown, unknown];
    const holds = evaluate(template, template.Conditions?.[condition]) === true;
    return resolve(holds ? yes : no, template);
  }
  const resolved = Object.entries(fields).map(([name, item]) => [name, resolve(item, template)] as const);
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
