// The messages one by one: a table as long as the queue, of which only what can be seen is in the document.
import type { DeadLetterSummary } from '../../../../client/dead-letters/index.ts';
import type { FilterQuery, MessagesAnswer, MessagesQuery } from '../../api.ts';
import { addressOf, type Place } from '../address.ts';
import { useConsole } from '../console-state.tsx';
import { choiceOf, exportCommand } from '../intent.ts';
import { ActionButtons } from '../parts/action-buttons.tsx';
import { CommandLine, CopyButton } from '../parts/copy-button.tsx';
import { CsvButton } from '../parts/csv-button.tsx';
import { FilterBar, useFilter } from '../parts/filter-bar.tsx';
import { columnClass, LetterCells } from '../parts/letter-cells.tsx';
import { Foreign } from '../parts/text.tsx';
import { type RowProps, VirtualRows } from '../parts/virtual-rows.tsx';
import { type Rows, useRows } from '../rows.ts';
import { grouped, messages, spanText, untilText } from '../words.ts';

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
  const rows = useMessages({ ...filter, sort });
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
      </div>
      {rows.list !== undefined && rows.error === undefined && (
        <Doing filter={filter} total={rows.list.total} />
      )}
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

type MessageRows = Rows<DeadLetterSummary, MessagesAnswer>;

function useMessages(query: Omit<MessagesQuery, 'offset' | 'limit'>): MessageRows {
  const { client, takenAt, revival } = useConsole();
  return useRows([JSON.stringify(query), takenAt, revival].join(' '), (page) =>
    client.ask('GET /api/messages', { query: { ...query, ...page } }),
  );
}

function summaryText({ list, error }: MessageRows): string {
  if (error !== undefined) return '';
  if (list === undefined) return 'One moment.';
  const fit = `${messages(list.total)} ${list.total === 1 ? 'fits' : 'fit'}.`;
  if (list.searchedInPart === 0) return fit;
  return `${fit} Of ${grouped(list.searchedInPart)} only the beginning was searched.`;
}

function Problem({ rows: { error, again } }: { rows: MessageRows }) {
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

/** What can be done with those that are ticked, or with all that fit where none is. */
function Doing({ filter, total }: { filter: FilterQuery; total: number }) {
  const { selection, select } = useConsole();
  const ids = [...selection];
  if (ids.length === 0 && total === 0) return null;
  return (
    <div class="actions">
      <strong>{ids.length === 0 ? 'All that fit:' : `${grouped(ids.length)} selected:`}</strong>
      <ActionButtons
        choice={ids.length === 0 ? choiceOf(filter) : { messageIds: ids }}
        isOne={ids.length === 1}
      />
      {ids.length > 0 && <SelectionCommand ids={ids} />}
      {ids.length > 0 && (
        <button type="button" class="quiet" onClick={() => select(new Set())}>
          Select none
        </button>
      )}
    </div>
  );
}

/** The command that shows one names the queue; the same exports several. */
function SelectionCommand({ ids }: { ids: readonly string[] }) {
  const { client } = useConsole();
  const [first = ''] = ids;
  const command = async () => {
    const shown = await client.ask('GET /api/messages/:messageId', { path: { messageId: first } });
    return ids.length === 1 ? shown.command : exportCommand(shown.command, ids);
  };
  return <CopyButton text={command}>Copy as command</CopyButton>;
}

function Table({
  rows,
  total,
  filter,
  sort,
}: {
  rows: MessageRows;
  total: number;
  filter: FilterQuery;
  sort: Sorting;
}) {
  return (
    <VirtualRows
      label="Messages"
      total={total}
      wanted={rows.list}
      onWindow={({ first, end }) => rows.want(first, Math.max(first, end - 1))}
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
        <th key={title} class={`cell cell-${columnClass(title)}`} scope="col">
          {title}
        </th>
      ))}
    </tr>
  );
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
      <LetterCells letter={letter} href={addressOf(place)} linkTabIndex={-1} />
      <td class="cell cell-calls">{letter.attempts ?? ''}</td>
      <td class="cell cell-sender">
        <Foreign text={senderText(letter.sender)} />
      </td>
      <td class="cell cell-expires">{letter.expiresAt === null ? '' : untilText(letter.expiresAt, now)}</td>
      <td class="cell cell-note">{noteText(letter)}</td>
    </tr>
  );
}

/** Of an assumed role's id, `AROA…:session`, the session says who it was. */
function senderText(sender: string | null): string {
  return sender === null ? '' : sender.slice(sender.indexOf(':') + 1);
}

function noteText({ redriven, lostAttributes, wouldReturn }: DeadLetterSummary): string {
  return [
    ...(redriven > 0 ? [`redriven ${redriven}×`] : []),
    ...(lostAttributes.length > 0 ? ['cannot be redriven'] : []),
    ...(wouldReturn === null ? [] : ['would come back']),
  ].join(', ');
}
