// The command line's filter on the page: which conditions there are, what they are called, and which are given. Pure.
import type { FilterQuery } from '../api.ts';
import type { Place } from './address.ts';

/** A condition's name, which is the command line's option. */
export type Condition = keyof FilterQuery;

/** Every condition, in the order in which people see them. */
export const CONDITIONS: Readonly<Record<Condition, { readonly label: string; readonly hint: string }>> = {
  match: { label: 'Contains', hint: 'a text in the body, the reason or an attribute' },
  kind: { label: 'Kind', hint: 'one or more, separated by commas' },
  status: { label: 'Status', hint: 'such as 404,409' },
  key: { label: 'User task key', hint: 'one or more, separated by commas' },
  sender: { label: 'Sender', hint: 'a part of who it was' },
  group: { label: 'Group', hint: 'the beginning of its id, such as 3f9a' },
  since: { label: 'Dead since', hint: 'a time, or a span such as 2h' },
  until: { label: 'Dead until', hint: 'a time, or a span such as 30m' },
  'not-kind': { label: 'Not of kind', hint: 'one or more, separated by commas' },
  'not-match': { label: 'Does not contain', hint: 'a text' },
  verdict: { label: 'Verdict', hint: 'of those that the cluster was asked about' },
};

/** Their names, in that order. */
export const CONDITION_NAMES = Object.keys(CONDITIONS) as readonly Condition[];

/** The filter in the query of an address, without what is none of it. */
export function filterIn(query: Place['query']): FilterQuery {
  return Object.fromEntries(
    CONDITION_NAMES.flatMap((name) => {
      const value = query[name]?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}

/** The conditions that are given. */
export function conditionsOf(filter: FilterQuery): readonly (readonly [name: Condition, value: string])[] {
  return CONDITION_NAMES.flatMap((name) => {
    const value = filter[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
}

/** A list in a condition with one more value, or without it where it was there. */
export function toggled(list: string | undefined, value: string): string {
  const values = (list ?? '').split(',').filter((one) => one !== '');
  return (values.includes(value) ? values.filter((one) => one !== value) : [...values, value]).join(',');
}
