// POST /v2/user-tasks/search: what a request asks for, and which tasks that are. Without input and output.
//
// Read from the official SDK's types and from SearchQueryPageRequestDeserializer, Cursor and the documentation.
import * as z from 'zod';
import type { Situation } from './answers.ts';
import { check, type Read, readBody } from './bodies.ts';
import { type Matcher, readFilter } from './filters.ts';
import type { Task } from './tasks.ts';

/** A search. */
export interface Search {
  readonly matches: Matcher;
  readonly sort: readonly SortBy[];
  readonly page: PageRequest;
}

/** What is found: a page of tasks, and how to ask for those before and after it. */
export interface Found {
  readonly tasks: readonly Task[];
  readonly page: {
    /** How many match, up to {@link MOST_COUNTED}. */
    readonly totalItems: number;
    readonly hasMoreTotalItems: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Elasticsearch counts no further (track_total_hits). */
export const MOST_COUNTED = 10_000;

/** Reads the body of a search; without one all tasks are meant. */
export function readSearch(body: string, contentType: string | undefined): Read<Search> {
  const request = readBody(body, contentType, REQUEST, {});
  if ('wrong' in request) return request;
  const matches = readFilter(request.value.filter);
  if ('wrong' in matches) return matches;
  const sort =
    request.value.sort?.map(({ field, order = 'ASC' }) => ({ field, descending: order === 'DESC' })) ?? [];
  const by = sort.flatMap(({ field, descending }) => (field === undefined ? [] : [{ field, descending }]));
  if (by.length < sort.length) return { wrong: { is: 'no-sort-field' } };
  const page = readPage(request.value.page, by);
  return 'wrong' in page ? page : { value: { matches: matches.value, sort: by, page: page.value } };
}

/** Searches. What is equal by the fields of the sort comes in the order of the keys. */
export function find(all: Iterable<Task>, { matches, sort, page }: Search): Found {
  const placed = [...all].filter(matches).map((task) => ({ task, place: placeOf(task, sort) }));
  const inOrder = (a: Place, b: Place) => compare(a, b, sort);
  placed.sort((a, b) => inOrder(a.place, b.place));
  const [start, end] = rangeOf(
    placed.map(({ place }) => place),
    page,
    inOrder,
  );
  const shown = placed.slice(start, end);
  return {
    tasks: shown.map(({ task }) => task),
    page: {
      totalItems: Math.min(placed.length, MOST_COUNTED),
      hasMoreTotalItems: placed.length > MOST_COUNTED,
      startCursor: cursorOf(shown.at(0)?.place),
      endCursor: cursorOf(shown.at(-1)?.place),
    },
  };
}

const SORT_FIELDS = [
  'creationDate',
  'completionDate',
  'followUpDate',
  'dueDate',
  'priority',
  'name',
] as const;

interface SortBy {
  readonly field: (typeof SORT_FIELDS)[number];
  readonly descending: boolean;
}

const REQUEST = z
  .strictObject({
    filter: z.unknown(),
    sort: z.array(z.strictObject({ field: z.enum(SORT_FIELDS), order: z.enum(['ASC', 'DESC']) }).partial()),
    page: z.unknown(),
  })
  .partial();

// Where a task stands in the order: its values in the fields of the sort, then its key.

type Place = readonly (string | number | null)[];

function placeOf(task: Task, sort: readonly SortBy[]): Place {
  return [...sort.map(({ field }) => valueIn(task, field)), task.key];
}

function valueIn(task: Task, field: SortBy['field']): string | number | null {
  const value = task[field];
  return field === 'name' || field === 'priority' || value === null ? value : Date.parse(String(value));
}

function compare(a: Place, b: Place, sort: readonly SortBy[]): number {
  for (const [index, { descending }] of sort.entries()) {
    const order = compareValues(a[index] ?? null, b[index] ?? null, descending);
    if (order !== 0) return order;
  }
  return compareKeys(String(a.at(-1)), String(b.at(-1)));
}

/** A missing value comes last in both directions. */
function compareValues(a: Place[number], b: Place[number], descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b === descending ? 1 : -1;
}

/** As numbers, which they are too big for. */
function compareKeys(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// Pages

interface PageRequest {
  readonly limit: number;
  readonly at: { readonly after: Place } | { readonly before: Place } | { readonly from: number };
}

const PAGE = z
  .strictObject({ from: z.int().nonnegative(), after: z.string(), before: z.string(), limit: z.int() })
  .partial();

const DEFAULT_LIMIT = 100;
const HIGHEST_LIMIT = 10_000;

function readPage(page: unknown, sort: readonly SortBy[]): Read<PageRequest> {
  if (page === undefined) return { value: { limit: DEFAULT_LIMIT, at: { from: 0 } } };
  const names = Object.keys(PAGE.shape).filter(
    (name) => typeof page === 'object' && page !== null && name in page,
  );
  if (names.length === 0) return { wrong: { is: 'empty-page' } };
  const ways = names.filter((name) => name !== 'limit');
  if (ways.length > 1 && ways.length === names.length) return { wrong: { is: 'ambiguous-page' } };
  const read = check(page, PAGE, ['page']);
  if ('wrong' in read) return read;
  // Which way the page is meant is decided by the first of them; the others are fields that this way does not have.
  if (ways[1] !== undefined) return { wrong: { is: 'bad-property', path: `page.${ways[1]}` } };
  const { limit = DEFAULT_LIMIT, from = 0, after, before } = read.value;
  if (limit < 1 || limit > HIGHEST_LIMIT) return { wrong: { is: 'bad-limit', limit } };
  if (after === undefined && before === undefined) return { value: { limit, at: { from } } };
  const place = placeAt(after ?? before ?? '', sort.length + 1);
  if ('is' in place) return { wrong: place };
  return { value: { limit, at: after === undefined ? { before: place } : { after: place } } };
}

function rangeOf(
  places: readonly Place[],
  { limit, at }: PageRequest,
  inOrder: (a: Place, b: Place) => number,
): [start: number, end: number] {
  if ('from' in at) return [at.from, at.from + limit];
  if ('after' in at) {
    const start = firstIndex(places, (place) => inOrder(place, at.after) > 0);
    return [start, start + limit];
  }
  const end = firstIndex(places, (place) => inOrder(place, at.before) >= 0);
  return [Math.max(0, end - limit), end];
}

function firstIndex(places: readonly Place[], holds: (place: Place) => boolean): number {
  const index = places.findIndex(holds);
  return index === -1 ? places.length : index;
}

/** A cursor is a place in base64: it leads on when the task that it came from has left the result. */
function cursorOf(place: Place | undefined): string | null {
  return place === undefined ? null : Buffer.from(JSON.stringify(place)).toString('base64');
}

function placeAt(cursor: string, length: number): Place | Situation {
  try {
    const place = z.array(z.union([z.string(), z.number(), z.null()])).length(length);
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64').toString()));
  } catch {
    return { is: 'bad-cursor', cursor };
  }
}
