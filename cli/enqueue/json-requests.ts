// JSON to requests, in bounded memory: lines, an array, an answer that was saved from the API, or values one after the
// other, pretty or not.
import { Tokenizer, TokenParser } from '@streamparser/json';
import { errorText, oneLine } from '../../client/contract/text.ts';
import { readMessageLine } from '../../client/sending/message-line.ts';
import { UsageError } from '../exit-codes.ts';
import { type InputLine, invalid, requestOfBody, requestOfKey, requestOfMessage } from './request-line.ts';

/** How a text in JSON is built: a value a line, an array, or objects one after the other. */
export type JsonShape = 'lines' | 'array' | 'objects';

/** Where the values are. An answer of the search has its tasks in `items`. */
const PATHS: Readonly<Record<Exclude<JsonShape, 'lines'>, string[]>> = {
  array: ['$.*'],
  objects: ['$.items.*', '$'],
};

/**
 * What the beginning of a text says of its shape. An object in one line is a line, unless it begins as an answer of the
 * API does (Camunda 8, Orchestration Cluster REST API, "Search user tasks": `items` and `page`).
 */
export function shapeOf(beginning: string): JsonShape {
  const text = beginning.trimStart();
  if (text.startsWith('[')) return 'array';
  return /^\{\s*"(items|page)"\s*:/.test(text) || /^\{[^\S\n]*\n/.test(text) ? 'objects' : 'lines';
}

/**
 * The values of a text that is no text of lines, each with its number from 1 on.
 *
 * @param longest what a value and all around it may be long, in UTF-16 units
 * @param onTotal told how many tasks an answer speaks of, whether they stand in it or not
 * @throws UsageError where the text is no JSON to its end, or a value is too long
 */
export async function* valuesIn(
  texts: AsyncIterable<string>,
  shape: Exclude<JsonShape, 'lines'>,
  longest: number,
  onTotal: (total: number) => void = () => undefined,
): AsyncGenerator<{ readonly number: number; readonly value: unknown }> {
  const found: unknown[] = [];
  let failure: Error | undefined;
  const { tokenizer, parser } = createParser(PATHS[shape]);
  parser.onValue = ({ value, parent, stack }) => {
    // The parser holds on to the items of an answer, since it has to give the answer, too.
    if (shape === 'objects' && Array.isArray(parent)) parent.pop();
    // What is left of an answer when its items are taken out.
    const isRest =
      shape === 'objects' && stack.length === 0 && isObject(value) && Object.hasOwn(value, 'items');
    if (isRest) onTotal(totalIn(value));
    else found.push(value);
  };
  tokenizer.onError = (error) => {
    failure = error;
  };
  let number = 0;
  let sinceValue = 0;
  for await (const text of texts) {
    for (let start = 0; start < text.length; start += PIECE) {
      tokenizer.write(text.slice(start, start + PIECE));
      for (const value of found.splice(0)) {
        number += 1;
        sinceValue = 0;
        yield { number, value };
      }
      if (failure !== undefined) throw broken(failure, number);
      sinceValue += PIECE;
      if (sinceValue > longest) {
        throw new UsageError(`After item ${number}: expected an item of at most ${longest} characters.`);
      }
    }
  }
  if (!tokenizer.isEnded) tokenizer.end();
  if (failure !== undefined) throw broken(failure, number);
}

/** 0 where the answer does not say it. */
function totalIn(answer: object): number {
  // As it is written: a number of the parser's is an object.
  const total = Number(JSON.stringify(Object('page' in answer ? answer.page : undefined).totalItems));
  return Number.isSafeInteger(total) ? total : 0;
}

/** As the package's own parser is put together, but with numbers as they are written. */
function createParser(paths: string[]) {
  const tokenizer = new TokenizerOfWrittenNumbers({ separator: '' });
  const parser = new TokenParser({ paths, keepStack: false, separator: '' });
  tokenizer.onToken = (token) => parser.write(token);
  tokenizer.onEnd = () => {
    if (!parser.isEnded) parser.end();
  };
  parser.onError = (error) => tokenizer.error(error);
  return { tokenizer, parser };
}

/** A key that is a number is invalid, but whoever corrects it needs all its digits. */
class TokenizerOfWrittenNumbers extends Tokenizer {
  protected override parseNumber(text: string): number {
    return JSON.rawJSON(text);
  }
}

/**
 * The value of a line; undefined where it is no JSON. A key that is a number keeps the digits that it is written with, of
 * which a JavaScript number may lose some.
 */
export function valueOfLine(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isNumber = isObject(value) && 'userTaskKey' in value && typeof value.userTaskKey === 'number';
    return isNumber ? JSON.parse(text, asWritten) : value;
  } catch {
    return undefined;
  }
}

function asWritten(_name: string, part: unknown, context?: { readonly source?: string }): unknown {
  return typeof part === 'number' && context?.source !== undefined ? JSON.rawJSON(context.source) : part;
}

/** So much is given to the parser at once: what it finds in it is held at the same time. UTF-16 units. */
const PIECE = 16 * 1024;

function broken(error: Error, number: number): UsageError {
  return new UsageError(`After item ${number}: expected JSON to the end: ${oneLine(errorText(error), 300)}`, {
    cause: error,
  });
}

/**
 * A request, a message, a whole task as the API has it, or a key alone.
 *
 * @param text for people, where it is invalid
 * @param withAssignee a task's assignee becomes the expected one; undefined where it has none
 */
export function requestOfValue(line: number, value: unknown, text: string, withAssignee: boolean): InputLine {
  if (isDeeperThan(MOST_LEVELS, value)) return invalid(line, TOO_DEEP, text);
  if (isObject(value) && Object.hasOwn(value, 'body')) {
    const read = readMessageLine(value);
    return read.ok ? requestOfMessage(line, read.message, text) : invalid(line, read.reason, text);
  }
  if (typeof value === 'string') {
    if (withAssignee) return invalid(line, EXPECTED_TASK, text);
    return requestOfKey(line, { userTaskKey: value.trim() }, text);
  }
  if (!isTask(value)) {
    const read = requestOfBody(line, text, text);
    const isGuarded = !read.ok || read.request.expectedAssignee !== undefined;
    return !withAssignee || isGuarded ? read : invalid(line, EXPECTED_TASK, text);
  }
  return requestOfTask(line, value, text, withAssignee);
}

function requestOfTask(
  line: number,
  { userTaskKey, assignee }: Task,
  text: string,
  withAssignee: boolean,
): InputLine {
  if (!withAssignee) return requestOfBody(line, JSON.stringify({ userTaskKey }), text);
  if (assignee === undefined || assignee === null || assignee === '') return { ok: undefined, line };
  return requestOfBody(line, JSON.stringify({ userTaskKey, expectedAssignee: assignee }), text);
}

/** A message has three, and a whole task some more. What has many is made to break who reads it. */
const MOST_LEVELS = 100;

const TOO_DEEP = `expected JSON of at most ${MOST_LEVELS} levels`;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}

const EXPECTED_TASK =
  'expected a task with its assignee, or a request with expectedAssignee, for --with-assignee';

/** Fields of a user task that no request has (Camunda 8, Orchestration Cluster REST API, "Get user task"). */
const TASK_FIELDS = [
  'processInstanceKey',
  'processDefinitionKey',
  'processDefinitionId',
  'elementId',
  'state',
];

interface Task {
  readonly userTaskKey: unknown;
  readonly assignee?: unknown;
}

function isTask(value: unknown): value is Task {
  return (
    isObject(value) &&
    Object.hasOwn(value, 'userTaskKey') &&
    TASK_FIELDS.some((name) => Object.hasOwn(value, name))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a value that was read. Empty where it is nested too deep to be written. */
export function textOf(value: unknown): string {
  return isDeeperThan(MOST_LEVELS, value) ? '' : (JSON.stringify(value) ?? '');
}
