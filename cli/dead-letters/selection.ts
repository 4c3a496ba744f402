// Which dead letters a command is about: its filters, as options and as what they come to.
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';
import { JOURNEY_TEXT } from '../../client/contract/journey.ts';
import { oneLine } from '../../client/contract/text.ts';
import { type DeadLetterFilter, LETTER_KINDS, type LetterKind } from '../../client/dead-letters/index.ts';
import { nameMeant } from '../../client/sending/unknown-options.ts';
import { moment, timeOf } from '../argument-values.ts';
import { UsageError } from '../exit-codes.ts';
import type { NoOptions, OptionsOf } from '../options.ts';

/** Adds the filters to a command. */
export function addFilterOptions<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>) {
  return command
    .optionsGroup('Which dead letters:')
    .option('--kind <kinds>', `why it is here: ${LETTER_KINDS.join(', ')}`, listOf(letterKind))
    .option('--not-kind <kinds>', 'none of these', listOf(letterKind))
    .option('--group <ids>', 'of these groups, by the beginnings of their ids, such as 3f9a', listOf(groupId))
    .option('--sender <senders>', 'sent by one of these: a part of who it was', listOf(someText))
    .option(
      '--status <statuses>',
      "HTTP status of the cluster's last answer, such as 404,409",
      listOf(httpStatus),
    )
    .option('--key <keys>', 'key of its user task', listOf(userTaskKey))
    .option('--since <time>', 'a dead letter since this time, or for at most this span: 2h', moment)
    .option('--until <time>', 'a dead letter before this time, or for at least this span', moment)
    .option(
      '--match <text>',
      'part of its body, its reason or an attribute, in upper or lower case',
      someText,
    )
    .option('--not-match <text>', 'without this text in any of them', someText)
    .optionsGroup('Options:');
}

/** The filters. */
export type FilterOptions = OptionsOf<typeof addFilterOptions<[], NoOptions, NoOptions>>;

/**
 * What the filters come to. Pure.
 *
 * @param now milliseconds since 1970
 */
export function readFilter(options: FilterOptions, now: number): DeadLetterFilter {
  const { kind, notKind, group, sender, status, key, since, until, match, notMatch } = options;
  const filter = {
    kinds: kind && new Set(kind),
    notKinds: notKind && new Set(notKind),
    groups: group,
    senders: sender,
    statuses: status && new Set(status),
    userTaskKeys: key && new Set(key),
    since: since && timeOf(since, now),
    until: until && timeOf(until, now),
    text: match,
    notText: notMatch,
  };
  if (filter.since !== undefined && filter.until !== undefined && filter.since > filter.until) {
    throw new UsageError('--since is later than --until: nothing lies between.');
  }
  return filter;
}

/** A kind that is not known here may be a newer function's, or a slip of the hand that would silently choose nothing. */
export function unknownKindNotes({ kinds = new Set(), notKinds = new Set() }: DeadLetterFilter): string[] {
  const known: readonly string[] = LETTER_KINDS;
  return [...kinds, ...notKinds].filter((kind) => !known.includes(kind)).map(unknownKindNote);
}

function unknownKindNote(kind: LetterKind): string {
  const meant = nameMeant(kind, LETTER_KINDS);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `No kind ${kind} is known here; only a newer function could have written it.${hint}`;
}

/** Whether a filter leaves anything out. */
export function isFilter(filter: DeadLetterFilter): boolean {
  return Object.values(filter).some((condition) => condition !== undefined);
}

/** Whether a text is a key as far as its form goes. */
export function isUserTaskKey(text: string): boolean {
  return /^\d{1,19}$/.test(text);
}

/** Reads what is separated by commas, added to what the option brought before. */
export function listOf<T>(
  read: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => T[] {
  return (text, before = []) => [...before, ...text.split(',').map((part) => read(part.trim()))];
}

/** Also one that is not known here: a newer function may have written it. */
function letterKind(text: string): LetterKind {
  if (text !== '' && oneLine(text, JOURNEY_TEXT.kind) === text) return text;
  throw new InvalidArgumentError(`Expected kinds such as ${LETTER_KINDS.join(', ')}.`);
}

function groupId(text: string): string {
  if (/^[\da-f]{3,8}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Expected ids of groups as `groups` shows them, such as 3f9a.');
}

function userTaskKey(text: string): string {
  if (isUserTaskKey(text)) return text;
  throw new InvalidArgumentError('Expected keys of user tasks, such as 2251799813685249.');
}

/** An empty text is in every message: a variable of a script that is not set would choose them all. */
function someText(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a text to look for; --all chooses all.');
}

function httpStatus(text: string): number {
  if (/^[1-9]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected HTTP statuses, such as 404,409.');
}
