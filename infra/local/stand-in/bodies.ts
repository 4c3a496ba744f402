// Request bodies as Spring and Jackson read them: JSON with known fields only, null as good as absent.
import type * as z from 'zod';
import type { Situation } from './answers.ts';

/** A body that could be read, or what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly wrong: Situation };

/** Reads a body; an empty one where `whenEmpty` says what it stands for. */
export function readBody<T>(
  body: string,
  contentType: string | undefined,
  schema: z.ZodType<T>,
  whenEmpty?: T,
): Read<T> {
  if (body === '') return whenEmpty === undefined ? { wrong: { is: 'no-body' } } : { value: whenEmpty };
  if (!/^application\/(json|[\w.-]+\+json)\b/i.test(contentType ?? '')) {
    return { wrong: { is: 'bad-media-type', type: contentType } };
  }
  try {
    return check(JSON.parse(body, withoutNull), schema);
  } catch {
    return { wrong: { is: 'not-json' } };
  }
}

/** Checks a part of a body, which stands at `at` in it. */
export function check<T>(value: unknown, schema: z.ZodType<T>, at: readonly string[] = []): Read<T> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  return { wrong: issue === undefined ? { is: 'not-json' } : situationOf(issue, at) };
}

function withoutNull(_name: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

function situationOf(issue: z.core.$ZodIssue, at: readonly string[]): Situation {
  const path = [...at, ...issue.path.filter((step) => typeof step !== 'number').map(String)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return { is: 'bad-property', path: [...path, issue.keys[0]].join('.') };
    case 'invalid_union': {
      const meant = issue.errors.map(([first]) => first).find((first) => first && !isOtherType(first));
      return meant === undefined ? { is: 'bad-property', path: path.join('.') } : situationOf(meant, path);
    }
    case 'invalid_value': {
      if (typeof issue.input !== 'string') return { is: 'bad-property', path: path.join('.') };
      const allowed = issue.values.map(String);
      return { is: 'bad-enum', field: path.at(-1) ?? '', value: issue.input, allowed };
    }
    case 'invalid_format':
      if (issue.format !== 'datetime') return { is: 'bad-property', path: path.join('.') };
      return { is: 'bad-date', field: fieldIn(path), value: String(issue.input) };
    default:
      return { is: 'bad-property', path: path.join('.') };
  }
}

/** Whether an alternative was not meant at all: a text where an object came, or the other way round. */
function isOtherType(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.input !== 'string');
}

/** The last name that is no operator. */
function fieldIn(path: readonly string[]): string {
  return path.findLast((step) => !step.startsWith('$')) ?? '';
}
