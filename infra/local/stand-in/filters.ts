// The filter of a search for tasks: which fields there are, and what can be asked of them.
//
// Read from the official SDK's types (UserTaskFilter). Not here: variables and tags, which the stand-in's tasks do
// not have.
import * as z from 'zod';
import { check, type Read } from './bodies.ts';
import type { Task } from './tasks.ts';

/** Whether a task is among those that are looked for. */
export type Matcher = (task: Task) => boolean;

/** Reads the filter of a search: a task must satisfy all that is asked. */
export function readFilter(filter: unknown): Read<Matcher> {
  const read = check(filter ?? {}, FILTER, ['filter']);
  if ('wrong' in read) return read;
  const conditions = Object.entries(read.value).map(([name, asked]) => conditionOn(FIELDS[name], asked));
  return { value: (task) => conditions.every((holds) => holds(task)) };
}

/** The states that reading knows. */
export const SHOWN_STATES = [
  'CREATING',
  'CREATED',
  'ASSIGNING',
  'UPDATING',
  'COMPLETING',
  'COMPLETED',
  'CANCELING',
  'CANCELED',
  'FAILED',
] as const;

/** The state as reading shows it: claiming is a way of assigning. */
export function shownState({ state }: Task): (typeof SHOWN_STATES)[number] {
  return state === 'CLAIMING' ? 'ASSIGNING' : state;
}

type Value = string | number | boolean;

/** What kind of value a field has: what a filter may ask of it, and the form in which values are compared. */
interface Kind {
  readonly schema: z.ZodType<unknown>;
  readonly comparable: (value: Value) => Value;
}

interface Field {
  readonly kind: Kind;
  readonly read: (task: Task) => Value | null | readonly Value[];
}

const LIKE = { $like: z.string() };
const same = (value: Value) => value;

const STRING: Kind = {
  schema: orOperators(z.string(), { ...equality(z.string()), $notIn: z.array(z.string()), ...LIKE }),
  comparable: same,
};
const STATE: Kind = {
  schema: orOperators(z.enum(SHOWN_STATES), { ...equality(z.enum(SHOWN_STATES)), ...LIKE }),
  comparable: same,
};
const INTEGER: Kind = { schema: orOperators(z.int(), ordering(z.int())), comparable: same };
const DATE: Kind = {
  schema: orOperators(z.iso.datetime({ offset: true }), ordering(z.iso.datetime({ offset: true }))),
  comparable: (value) => Date.parse(String(value)),
};
const ID: Kind = { schema: z.string(), comparable: same };
const KEY: Kind = { schema: z.string().regex(/^-?\d+$/), comparable: same };

const FIELDS: Readonly<Record<string, Field>> = {
  state: { kind: STATE, read: shownState },
  assignee: { kind: STRING, read: ({ assignee }) => assignee },
  priority: { kind: INTEGER, read: ({ priority }) => priority },
  elementId: { kind: ID, read: ({ elementId }) => elementId },
  name: { kind: STRING, read: ({ name }) => name },
  candidateGroup: { kind: STRING, read: ({ candidateGroups }) => candidateGroups },
  candidateUser: { kind: STRING, read: ({ candidateUsers }) => candidateUsers },
  tenantId: { kind: STRING, read: ({ tenantId }) => tenantId },
  processDefinitionId: { kind: ID, read: ({ processDefinitionId }) => processDefinitionId },
  creationDate: { kind: DATE, read: ({ creationDate }) => creationDate },
  completionDate: { kind: DATE, read: ({ completionDate }) => completionDate },
  followUpDate: { kind: DATE, read: ({ followUpDate }) => followUpDate },
  dueDate: { kind: DATE, read: ({ dueDate }) => dueDate },
  userTaskKey: { kind: KEY, read: ({ key }) => key },
  processDefinitionKey: { kind: KEY, read: ({ processDefinitionKey }) => processDefinitionKey },
  processInstanceKey: { kind: KEY, read: ({ processInstanceKey }) => processInstanceKey },
  elementInstanceKey: { kind: KEY, read: ({ elementInstanceKey }) => elementInstanceKey },
};

const FILTER = z
  .strictObject(Object.fromEntries(Object.entries(FIELDS).map(([name, { kind }]) => [name, kind.schema])))
  .partial();

/** What an operator asks of the values that a task has in a field; a field without a value has none. */
const OPERATORS: Readonly<Record<string, (values: readonly Value[], operands: readonly Value[]) => boolean>> =
  {
    $eq: (values, operands) => values.some((value) => operands.includes(value)),
    $neq: (values, operands) => !values.some((value) => operands.includes(value)),
    $exists: (values, [exists]) => values.length > 0 === exists,
    $in: (values, operands) => values.some((value) => operands.includes(value)),
    $notIn: (values, operands) => !values.some((value) => operands.includes(value)),
    $like: (values, [pattern]) => values.some((value) => like(String(pattern)).test(String(value))),
    $gt: (values, [operand]) => values.some((value) => Number(value) > Number(operand)),
    $gte: (values, [operand]) => values.some((value) => Number(value) >= Number(operand)),
    $lt: (values, [operand]) => values.some((value) => Number(value) < Number(operand)),
    $lte: (values, [operand]) => values.some((value) => Number(value) <= Number(operand)),
  };

function conditionOn(field: Field | undefined, asked: unknown): Matcher {
  if (field === undefined || asked === undefined) return () => true;
  const { kind, read } = field;
  const operators = typeof asked === 'object' && asked !== null ? asked : { $eq: asked };
  const checks = Object.entries(operators).map(([name, operand]) => {
    const operands = [operand].flat().map((each) => (name === '$exists' ? each : kind.comparable(each)));
    return (values: readonly Value[]) => OPERATORS[name]?.(values, operands) ?? false;
  });
  return (task) => {
    const values = [read(task)]
      .flat()
      .filter((value) => value !== null)
      .map(kind.comparable);
    return checks.every((holds) => holds(values));
  };
}

function equality<T extends z.ZodType>(value: T) {
  return { $eq: value, $neq: value, $exists: z.boolean(), $in: z.array(value) };
}

function ordering<T extends z.ZodType>(value: T) {
  return { ...equality(value), $gt: value, $gte: value, $lt: value, $lte: value };
}

/** A value stands for its equality. */
function orOperators(value: z.ZodType, operators: z.ZodRawShape): z.ZodType<unknown> {
  return z.union([value, z.strictObject(operators).partial()]);
}

/** `*` stands for any text, `?` for any character, and a backslash before them takes that away. */
function like(pattern: string): RegExp {
  const source = pattern.replaceAll(
    /\\([*?\\])|[*?]|[.+^${}()|[\]\\]/g,
    (found, escaped: string | undefined) => {
      if (escaped !== undefined) return `\\${escaped}`;
      return { '*': '.*', '?': '.' }[found] ?? `\\${found}`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}
