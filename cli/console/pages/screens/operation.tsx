// What is being done, and what became of it: progress, a result a message, and what came back afterwards.
import { useState } from 'preact/hooks';
import type { ActionRow } from '../../../dead-letters/action-report.ts';
import type { OperationAnswer, Page } from '../../api.ts';
import { asConsoleError, hrefOf, useConsole } from '../console-state.tsx';
import { saveFile } from '../parts/csv-button.tsx';
import { Fact } from '../parts/facts.tsx';
import { Kind } from '../parts/kind.tsx';
import { Foreign } from '../parts/text.tsx';
import { type RowProps, VirtualRows } from '../parts/virtual-rows.tsx';
import { useRows } from '../rows.ts';
import { clockText, counted, grouped, spanText } from '../words.ts';

/** The screen. */
export function Operation() {
  const { operation } = useConsole();
  if (operation === undefined || operation === null) {
    return (
      <>
        <h1>Operation</h1>
        <p>
          {operation === undefined ? 'One moment.' : 'Nothing was done since this console began.'}{' '}
          <a href={hrefOf({ screen: 'history' })}>The history</a> has what was done before.
        </p>
      </>
    );
  }
  return <Whole operation={operation} />;
}

const STATES: Readonly<Record<OperationAnswer['state'], string>> = {
  running: 'It goes on.',
  watching: 'It is done. The dead-letter queue is watched for what comes back.',
  ended: 'It has ended.',
  cancelled: 'It was cancelled.',
  failed: 'It ended before its end.',
};

function Whole({ operation }: { operation: OperationAnswer }) {
  const { now } = useConsole();
  const { headline, state, planned, done, failed, leftOut, notMet, error, summary, notes, exportPath } =
    operation;
  const end = operation.endedAt === null ? now : Date.parse(operation.endedAt);
  return (
    <>
      <h1>{headline}</h1>
      <section class="card" aria-label="Progress">
        <p role="status">
          <strong>{STATES[state]}</strong> {summary}
        </p>
        <progress
          class="wide"
          max={Math.max(1, planned)}
          value={done + failed}
          aria-label="Messages handled"
        />
        <dl class="facts">
          <Fact name="Planned">{grouped(planned)}</Fact>
          <Fact name="Done">{grouped(done)}</Fact>
          <Fact name="Failed">{grouped(failed)}</Fact>
          <Fact name="Left out">{grouped(leftOut)}</Fact>
          {notMet !== null && <Fact name="Not met again">{grouped(notMet)}</Fact>}
          <Fact name="Began">{clockText(operation.startedAt)}</Fact>
          <Fact name="Took">{spanText(Math.max(0, end - Date.parse(operation.startedAt)))}</Fact>
        </dl>
        {error !== null && (
          <p class="notice notice-bad" role="alert">
            {error}
          </p>
        )}
        {notes.map((note) => (
          <p key={note} class="notice notice-info">
            {note}
          </p>
        ))}
        {exportPath !== null && (
          <p>
            They are in the file <code class="path">{exportPath}</code> on this machine.
          </p>
        )}
        <Buttons operation={operation} />
      </section>
      <CameBack operation={operation} />
      <Results operation={operation} />
    </>
  );
}

function Buttons({ operation: { state, exportPath } }: { operation: OperationAnswer }) {
  const { client, setOperation, lookAgain, go } = useConsole();
  const [problem, setProblem] = useState<string | undefined>();
  const attempt = async (work: () => Promise<void>) => {
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(asConsoleError(error).message);
    }
  };
  const isOn = state === 'running' || state === 'watching';
  return (
    <div class="actions">
      {isOn && (
        <button
          type="button"
          onClick={() =>
            attempt(async () => setOperation(await client.ask('POST /api/operation/cancel', { body: {} })))
          }
        >
          {state === 'running' ? 'Stop: finish what is under way, leave the rest' : 'Stop watching'}
        </button>
      )}
      {exportPath !== null && (
        <button
          type="button"
          onClick={() =>
            attempt(async () =>
              saveFile(
                'dead-letters.jsonl',
                'application/x-ndjson',
                await client.ask('GET /api/operation/export', {}),
              ),
            )
          }
        >
          Save a copy of the export
        </button>
      )}
      {state !== 'running' && (
        <button
          type="button"
          onClick={() =>
            attempt(async () => {
              await lookAgain();
              go({ screen: 'groups', query: {} });
            })
          }
        >
          Look again
        </button>
      )}
      {problem !== undefined && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

function CameBack({ operation: { watch, cameBack, state } }: { operation: OperationAnswer }) {
  const { now } = useConsole();
  if (watch === null) return null;
  const left = Date.parse(watch.until) - now;
  return (
    <section class="card" aria-labelledby="back-title">
      <h2 id="back-title">What came back</h2>
      <p role="status">
        {watch.cameBack === 0
          ? `None of ${grouped(watch.watched)} has come back so far.`
          : `${grouped(watch.cameBack)} of ${grouped(watch.watched)} came back.`}{' '}
        {state === 'watching' && left > 0 && `The queue is watched for another ${spanText(left)}.`}
        {state !== 'watching' &&
          state !== 'running' &&
          watch.unknown > 0 &&
          'The others may have been carried out, or may still be on the queue.'}
        {!watch.complete && watch.looks > 0 && ' The last look has not seen all of the queue.'}
      </p>
      {cameBack.length > 0 && (
        <ul class="plain-list">
          {cameBack.map(({ messageId, as }) => (
            <li key={messageId}>
              <Kind kind={as.kind} /> <Foreign text={as.reason} />{' '}
              <span class="muted">
                now <code>{as.messageId.slice(0, 8)}</code>, was <code>{messageId.slice(0, 8)}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** A result a message, in the order in which they came. */
function Results({ operation }: { operation: OperationAnswer }) {
  const { client } = useConsole();
  const { operationId, done, failed, notMet, leftOut, state } = operation;
  const rows = useRows<ActionRow, Page<ActionRow>>(
    [operationId, done, failed, notMet, leftOut, state].join(' '),
    (page) => client.ask('GET /api/operation/results', { query: page }),
  );
  const total = rows.list?.total ?? 0;
  return (
    <section aria-labelledby="results-title">
      <h2 id="results-title">{total === 0 ? 'No result yet' : counted(total, 'result')}</h2>
      {rows.error !== undefined && (
        <p class="problem" role="alert">
          {rows.error.message}
        </p>
      )}
      {total > 0 && (
        <VirtualRows
          label="Results"
          className="rows-short rows-results"
          total={total}
          wanted={rows.list}
          onWindow={({ first, end }) => rows.want(first, Math.max(first, end - 1))}
          head={
            <tr class="line line-head" aria-rowindex={1}>
              {['Message', 'Outcome', 'Now', 'Why'].map((title) => (
                <th key={title} class={`cell cell-${title.toLowerCase()}`} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          }
          row={(props) => <Result key={props.index} {...props} result={rows.rowAt(props.index)} />}
        />
      )}
    </section>
  );
}

function Result({ index, tabIndex, result }: RowProps & { result: ActionRow | undefined }) {
  if (result === undefined) {
    return (
      <tr class="line" aria-rowindex={index + 2} aria-busy="true" data-row={index} tabIndex={tabIndex}>
        <td class="cell cell-message">…</td>
      </tr>
    );
  }
  const { messageId, outcome, newMessageId, code, message, cameBack } = result;
  const isFine = outcome === 'redriven' || outcome === 'discarded';
  const why = [code, message].filter((part) => part !== null).join(': ');
  return (
    <tr class="line" aria-rowindex={index + 2} data-row={index} tabIndex={tabIndex}>
      <td class="cell cell-message">
        <code>{messageId.slice(0, 8)}</code>
      </td>
      <td class={isFine ? 'cell cell-outcome' : 'cell cell-outcome problem'}>{outcome}</td>
      <td class="cell cell-now">
        <code>{newMessageId?.slice(0, 8) ?? ''}</code>
      </td>
      <td class="cell cell-why">
        <Foreign text={cameBack ? `came back: ${cameBack.reason}` : why} />
      </td>
    </tr>
  );
}
