// The first screen: how many there are and why, since when, what SQS deletes soon, and how the queues and the function fare.
import type { OverviewAnswer, QueueCounts, Signal } from '../../api.ts';
import { AgesChart } from '../charts/ages-chart.tsx';
import { LineChart } from '../charts/line-chart.tsx';
import { TimelineChart } from '../charts/timeline-chart.tsx';
import { hrefOf, useAnswer, useConsole } from '../console-state.tsx';
import { Shown } from '../parts/asked.tsx';
import { FilterBar, useFilter } from '../parts/filter-bar.tsx';
import { Kind } from '../parts/kind.tsx';
import { Foreign } from '../parts/text.tsx';
import { countLines } from '../samples.ts';
import { agoText, answerText, counted, grouped, messages } from '../words.ts';

/** The screen. */
export function Overview() {
  const { overview } = useConsole();
  const { filter, setFilter } = useFilter();
  const timeline = useAnswer('GET /api/timeline', { query: filter });
  return (
    <>
      <h1>Overview</h1>
      {overview !== undefined && (
        <>
          <Headline overview={overview} />
          <Tiles overview={overview} />
        </>
      )}
      <section aria-labelledby="letters-title">
        <h2 id="letters-title">Dead letters</h2>
        <FilterBar />
        <div class="split">
          <Shown asked={timeline}>
            {(answer) => (
              <TimelineChart
                timeline={answer}
                onSelect={(since, until) =>
                  setFilter({ ...filter, since: isoSecond(since), until: isoSecond(until) })
                }
              />
            )}
          </Shown>
          <TopGroups />
        </div>
        {timeline.answer !== undefined && timeline.answer.matched > 0 && (
          <AgesChart ages={timeline.answer.ages} />
        )}
      </section>
      {overview !== undefined && (
        <>
          <Counts overview={overview} />
          <Signals overview={overview} />
        </>
      )}
    </>
  );
}

/** Whole seconds say enough, and read better in an address. */
function isoSecond(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What somebody wants to know who has just been woken. */
function Headline({ overview }: { overview: OverviewAnswer }) {
  const { snapshot, samples } = overview;
  const counts = samples.findLast(({ deadLetterQueue }) => deadLetterQueue !== null)?.deadLetterQueue;
  const isEmpty = snapshot.takenAt !== null && snapshot.matched === 0;
  const arrived = counts === undefined || counts === null ? 0 : totalOf(counts) - snapshot.seen;
  return (
    <div class="headline">
      {snapshot.takenAt !== null && (
        <p class={isEmpty ? 'good' : ''}>
          {isEmpty
            ? 'The dead-letter queue is empty.'
            : `There are ${grouped(snapshot.matched)} dead letters.`}
        </p>
      )}
      {snapshot.expiringSoon > 0 && (
        <p class="notice notice-bad">
          <strong>SQS deletes {grouped(snapshot.expiringSoon)} of them within 24 h.</strong> Redrive or export
          them before.
        </p>
      )}
      {snapshot.state === 'ready' && arrived > 0 && (
        <p class="notice notice-info">
          SQS counts {messages(arrived)} more than the look has seen. Look again to see them.
        </p>
      )}
    </div>
  );
}

function totalOf({ visible, inFlight, delayed }: QueueCounts): number {
  return visible + inFlight + delayed;
}

function Tiles({ overview: { samples, samplingError } }: { overview: OverviewAnswer }) {
  const last = samples.at(-1);
  return (
    <section class="tiles" aria-label="Counts of both queues">
      <Tile
        title="Dead-letter queue"
        counts={last?.deadLetterQueue ?? null}
        isStale={samplingError !== null}
        isBad
      />
      <Tile title="Queue" counts={last?.queue ?? null} isStale={samplingError !== null} />
    </section>
  );
}

function Tile({
  title,
  counts,
  isStale,
  isBad = false,
}: {
  title: string;
  counts: QueueCounts | null;
  isStale: boolean;
  isBad?: boolean;
}) {
  return (
    <div class="tile">
      <h2>{title}</h2>
      {counts === null ? (
        <p class="muted">Not counted{isStale ? '' : ': this queue was not named'}.</p>
      ) : (
        <dl>
          <div class={isBad && counts.visible > 0 ? 'count count-main count-bad' : 'count count-main'}>
            <dt>visible</dt>
            <dd>{grouped(counts.visible)}</dd>
          </div>
          <div class="count">
            <dt>in flight</dt>
            <dd>{grouped(counts.inFlight)}</dd>
          </div>
          <div class="count">
            <dt>delayed</dt>
            <dd>{grouped(counts.delayed)}</dd>
          </div>
        </dl>
      )}
    </div>
  );
}

const TOP = 5;

/** The largest causes. */
function TopGroups() {
  const { filter } = useFilter();
  const { now } = useConsole();
  const groups = useAnswer('GET /api/groups', { query: filter });
  if (groups.answer === undefined) return null;
  const { groups: found } = groups.answer;
  return (
    <section class="top-groups" aria-labelledby="causes-title">
      <h3 id="causes-title">Why they are here</h3>
      {found.length === 0 && <p class="empty">Nothing fits.</p>}
      <ol>
        {found.slice(0, TOP).map((group) => (
          <li key={group.id}>
            <a class="cause" href={hrefOf({ screen: 'messages', query: { ...filter, group: group.id } })}>
              <span class="cause-count">{grouped(group.count)}</span>
              <span class="cause-words">
                <Kind kind={group.kind} />{' '}
                <span class="cause-title">
                  <Foreign text={answerText(group.status, group.title)} />
                </span>
                <span class="cause-pattern">
                  <Foreign text={group.pattern} />
                </span>
                <span class="muted">newest {agoText(group.newest, now)}</span>
              </span>
            </a>
          </li>
        ))}
      </ol>
      {found.length > 0 && (
        <p>
          <a href={hrefOf({ screen: 'groups', query: filter })}>
            {found.length > TOP ? `All ${counted(found.length, 'group')}` : 'The groups'}, and what to do
            about them
          </a>
        </p>
      )}
    </section>
  );
}

function Counts({ overview: { samples } }: { overview: OverviewAnswer }) {
  const letters = countLines(samples, 'deadLetterQueue');
  const queue = countLines(samples, 'queue');
  return (
    <section aria-labelledby="counts-title">
      <h2 id="counts-title">Counts since this console began</h2>
      <div class="charts">
        {letters.length > 0 && <LineChart title="Dead-letter queue" lines={letters} isCount />}
        {queue.length > 0 && <LineChart title="Queue" lines={queue} isCount />}
        {letters.length + queue.length === 0 && <p class="empty">Nothing was counted yet.</p>}
      </div>
    </section>
  );
}

const SIGNALS = [
  ['pace', 'Pace', 'calls a second at most'],
  ['breaker', 'Circuit breaker', '1 is open'],
  ['requeueRate', 'Requeued', 'a minute'],
] as const;

function Signals({ overview: { signals } }: { overview: OverviewAnswer }) {
  return (
    <section aria-labelledby="function-title">
      <h2 id="function-title">The function</h2>
      <div class="charts">
        {SIGNALS.map(([name, title, unit]) => (
          <SignalChart key={name} title={title} unit={unit} signal={signals[name]} />
        ))}
      </div>
    </section>
  );
}

function SignalChart({ title, unit, signal }: { title: string; unit: string; signal: Signal }) {
  if ('noData' in signal) {
    return (
      <div class="chart">
        <h3>{title}</h3>
        <p class="no-data">
          <strong>No data.</strong> {signal.noData}
        </p>
      </div>
    );
  }
  const points = signal.points.map(({ at, value }) => ({ at: Date.parse(at), value }));
  if (points.length === 0) {
    return (
      <div class="chart">
        <h3>{title}</h3>
        <p class="no-data">
          <strong>No data.</strong> There is no point in the time that is shown.
        </p>
      </div>
    );
  }
  return <LineChart title={title} lines={[{ label: unit, className: 'line-1', points }]} />;
}
