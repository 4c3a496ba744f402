// The messages one by one: a table as long as the queue, of which only what can be seen is in the document.
import { useCallback } from 'preact/hooks';
import type { DeadLetterSummary } from '../../../../client/dead-letters/index.ts';
import type { FilterQuery, MessagesQuery } from '../../api.ts';
import { addressOf, type Place } from '../address.ts';
import { useConsole } from '../console-state.tsx';
import { CommandLine } from '../parts/copy-button.tsx';
import { CsvButton } from '../parts/csv-button.tsx';
import { FilterBar, useFilter } from '../parts/filter-bar.tsx';
import { Kind } from '../parts/kind.tsx';
import { Foreign } from '../parts/text.tsx';
import { type RowProps, VirtualRows } from '../parts/virtual-rows.tsx';
import type { Window } from '../row-window.ts';
import { type Rows, useRows } from '../rows.ts';
import { agoText, grouped, messages, spanText } from '../words.ts';

type Sorting = NonNullable<MessagesQuery['sort']>;

const SORTINGS: readonly (readonly [name: Sorting, label: string])[] = [
  ['newest', 'newest first'],
  ['oldest', 'oldest first'],
  ['kind', 'by kind'],
];

/** The screen. */
export function Messages() {
  const { place, go } = useConsole();
  const { filter } = useFilter();
  const sort = SORTINGS.find(([name]) => name === place.query['sort'])?.[0] ?? 'newest';
  const rows = useRows({ ...filter, sort });
  return (
    <>
      <h1>Messages</h1>
      <FilterBar />
      <div class="toolbar">
        <p class="summary" role="status">
          {summaryText(rows)}
        </p>
        <label class="inline">
          Sort{' '}
          <select
            value={sort}
            onChange={({ currentTarget }) =>
              go({ ...place, query: { ...place.query, sort: currentTarget.value } }, 'replace')
            }
          >
            {SORTINGS.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <CsvButton filter={filter} />
        <Selected />
      </div>
      {rows.error !== undefined && <Problem rows={rows} />}
      {rows.list !== undefined && rows.error?.code !== 'invalid' && rows.list.total > 0 && (
        <Table rows={rows} total={rows.list.total} filter={filter} sort={sort} />
      )}
      {rows.list !== undefined && rows.error === undefined && (
        <CommandLine command={rows.list.command} label="The command for the same list" />
      )}
    </>
  );
}

function summaryText({ list, error }: Rows): string {
  if (error !== undefined) return '';
  if (list === undefined) return 'One moment.';
  const fit = `${messages(list.total)} ${list.total === 1 ? 'fits' : 'fit'}.`;
  if (list.searchedInPart === 0) return fit;
  return `${fit} Of ${grouped(list.searchedInPart)} only the beginning was searched.`;
}

function Problem({ rows: { error, again } }: { rows: Rows }) {
  if (error?.code === 'no-snapshot')
    return <p class="empty">Nothing was looked at yet. “Look” above begins.</p>;
  return (
    <div class="notice notice-bad" role="alert">
      {error?.message}{' '}
      {error?.code !== 'invalid' && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

function Selected() {
  const { selection, select } = useConsole();
  if (selection.size === 0) return null;
  return (
    <p class="selected">
      <strong>{grouped(selection.size)} selected</strong>{' '}
      <button type="button" class="quiet" onClick={() => select(new Set())}>
        Clear
      </button>
    </p>
  );
}

function Table({
  rows,
  total,
  filter,
  sort,
}: {
  rows: Rows;
  total: number;
  filter: FilterQuery;
  sort: Sorting;
}) {
  const { want } = rows;
  const onWindow = useCallback(
    ({ first, end }: Window) => want(first, Math.max(first, end - 1)),
    [rows.list],
  );
  return (
    <VirtualRows
      label="Messages"
      total={total}
      onWindow={onWindow}
      head={<Head />}
      row={(props) => (
        <Row key={props.index} {...props} letter={rows.rowAt(props.index)} query={{ ...filter, sort }} />
      )}
    />
  );
}

const COLUMNS = ['Age', 'Kind', 'Answer', 'User task key', 'Calls', 'Sender', 'Expires', 'Note'] as const;

function Head() {
  return (
    <tr class="line line-head" aria-rowindex={1}>
      <th class="cell cell-select" scope="col">
        <span class="unseen-text">Selected</span>
      </th>
      {COLUMNS.map((title) => (
        <th key={title} class={`cell cell-${classOf(title)}`} scope="col">
          {title}
        </th>
      ))}
    </tr>
  );
}

function classOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

/** A row; one that is not known yet keeps its place. */
function Row({
  index,
  tabIndex,
  letter,
  query,
}: RowProps & { letter: DeadLetterSummary | undefined; query: Place['query'] }) {
  const { go, selection, select, now } = useConsole();
  if (letter === undefined) {
    return (
      <tr
        class="line line-awaited"
        aria-rowindex={index + 2}
        aria-busy="true"
        data-row={index}
        tabIndex={tabIndex}
      >
        <td class="cell cell-select">…</td>
      </tr>
    );
  }
  const { messageId } = letter;
  const isSelected = selection.has(messageId);
  const place = { screen: 'messages', messageId, query } as const;
  const toggle = () => {
    const changed = new Set(selection);
    if (!changed.delete(messageId)) changed.add(messageId);
    select(changed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') go(place);
    else if (event.key === ' ') toggle();
    else return;
    event.preventDefault();
  };
  const answer = [letter.status, letter.title ?? letter.reason].filter((part) => part !== null).join(' ');
  return (
    <tr
      class={isSelected ? 'line line-selected' : 'line'}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-row={index}
      tabIndex={tabIndex}
      onKeyDown={onKeyDown}
    >
      <td class="cell cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${letter.userTaskKey ?? messageId}`}
          onChange={toggle}
        />
      </td>
      <td class="cell cell-age" title={letter.failedAt}>
        {spanText(Math.max(0, now - Date.parse(letter.failedAt)))}
      </td>
      <td class="cell cell-kind">
        <Kind kind={letter.kind} />
      </td>
      <td class="cell cell-answer">
        <Foreign text={answer} />
      </td>
      <td class="cell cell-user-task-key">
        <a href={addressOf(place)} tabIndex={-1}>
          {letter.userTaskKey ?? `message ${messageId.slice(0, 8)}`}
        </a>
      </td>
      <td class="cell cell-calls">{letter.attempts ?? ''}</td>
      <td class="cell cell-sender">
        <Foreign text={senderText(letter.sender)} />
      </td>
      <td class="cell cell-expires">{letter.expiresAt === null ? '' : expiryText(letter.expiresAt, now)}</td>
      <td class="cell cell-note">{noteText(letter)}</td>
    </tr>
  );
}

/** Of an assumed role's id, `AROA…:session`, the session says who it was. */
function senderText(sender: string | null): string {
  return sender === null ? '' : sender.slice(sender.indexOf(':') + 1);
}

function expiryText(expiresAt: string, now: number): string {
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `in ${spanText(left)}` : agoText(expiresAt, now);
}

function noteText({ redriven, lostAttributes, wouldReturn }: DeadLetterSummary): string {
  return [
    ...(redriven > 0 ? [`redriven ${redriven}×`] : []),
    ...(lostAttributes.length > 0 ? ['cannot be redriven'] : []),
    ...(wouldReturn === null ? [] : ['would come back']),
  ].join(', ');
}
