// Dead letters that are here for the same reason, together: what happened, since when, and what to do.
import type { ConsoleGroup, FilterQuery } from '../../api.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { hrefOf, useAnswer, useConsole } from '../console-state.tsx';
import { type Choice, choiceOf } from '../intent.ts';
import { kindClass } from '../kinds.ts';
import { ActionButtons } from '../parts/action-buttons.tsx';
import { Shown } from '../parts/asked.tsx';
import { CommandLine, CopyButton } from '../parts/copy-button.tsx';
import { Fact } from '../parts/facts.tsx';
import { FilterBar, useFilter } from '../parts/filter-bar.tsx';
import { Kind } from '../parts/kind.tsx';
import { Foreign } from '../parts/text.tsx';
import { useVerdicts, VerdictCounts, VerdictProgress } from '../parts/verdicts.tsx';
import { agoText, answerText, clockText, counted, grouped, messages } from '../words.ts';

/** The screen. */
export function Groups() {
  const { filter } = useFilter();
  const groups = useAnswer('GET /api/groups', { query: filter });
  const verdicts = useVerdicts(groups.again);
  return (
    <>
      <h1>Groups</h1>
      <FilterBar />
      <Shown asked={groups}>
        {(answer) => (
          <>
            <p class="summary">
              {answer.groups.length === 0
                ? 'No dead letter fits.'
                : `${messages(answer.matched)} in ${counted(answer.groups.length, 'group')}, the largest first.`}
            </p>
            <VerdictProgress {...verdicts} />
            {answer.groups.length > 0 && (
              <div class="actions">
                <AskButton
                  verdicts={verdicts}
                  choice={choiceOf(filter)}
                  label="Ask the cluster about all of these tasks"
                />
              </div>
            )}
            <ol class="groups">
              {answer.groups.map((group) => (
                <li key={group.id}>
                  <Group {...{ group, filter, verdicts }} from={answer.from} binMs={answer.binMs} />
                </li>
              ))}
            </ol>
            <ReadOnlyNote />
            <CommandLine command={answer.command} label="The command for the same" />
          </>
        )}
      </Shown>
    </>
  );
}

type Verdicts = ReturnType<typeof useVerdicts>;

function AskButton({ verdicts, choice, label }: { verdicts: Verdicts; choice: Choice; label: string }) {
  return (
    <button
      type="button"
      class="quiet"
      aria-disabled={verdicts.isAsking}
      onClick={() => !verdicts.isAsking && verdicts.ask(choice)}
    >
      {label}
    </button>
  );
}

/** Where nothing can be done, how it could. */
function ReadOnlyNote() {
  const { overview } = useConsole();
  if (overview === undefined || overview.target.actionsAllowed) return null;
  return (
    <p class="muted">
      This console is read-only. Started with <code>--allow-actions</code>, it can redrive, export and
      discard.
    </p>
  );
}

function Group({
  group,
  from,
  binMs,
  filter,
  verdicts,
}: {
  verdicts: Verdicts;
  group: ConsoleGroup;
  from: string;
  binMs: number;
  filter: FilterQuery;
}) {
  const { now } = useConsole();
  const { id, kind, status, title, pattern, count, oldest, newest, redriven, advice, timeline } = group;
  const answer = answerText(status, title);
  return (
    <article class="group" aria-labelledby={`group-${id}`}>
      <header class="group-head">
        <span class="group-count">{grouped(count)}</span>
        <h2 id={`group-${id}`}>
          <Kind kind={kind} /> {answer !== '' && <Foreign text={answer} />}
        </h2>
        <Sparkline counts={timeline} from={from} binMs={binMs} className={kindClass(kind)} />
      </header>
      {pattern !== '' && (
        <p class="pattern">
          <Foreign text={pattern} />
        </p>
      )}
      <dl class="facts">
        <Fact name="Group">
          <code>{id}</code>
        </Fact>
        <Fact name="Oldest">
          <time dateTime={oldest} title={clockText(oldest)}>
            {agoText(oldest, now)}
          </time>
        </Fact>
        <Fact name="Newest">
          <time dateTime={newest} title={clockText(newest)}>
            {agoText(newest, now)}
          </time>
        </Fact>
        <Fact name="Redriven before">{redriven === 0 ? 'none' : grouped(redriven)}</Fact>
        <Fact name="Senders">
          <Senders group={group} />
        </Fact>
        <LastAction group={group} />
      </dl>
      <p class="advice">
        <strong>What to do.</strong> {advice}
      </p>
      {group.verdicts !== null && <VerdictCounts counts={group.verdicts} />}
      <div class="actions">
        <a class="button" href={hrefOf({ screen: 'messages', query: { ...filter, group: id } })}>
          See {messages(count)}
        </a>
        <a class="button quiet" href={hrefOf({ screen: 'messages', messageId: group.example.messageId })}>
          The newest
        </a>
        <ActionButtons choice={{ filter: { ...filter, group: id } }} />
        <AskButton
          verdicts={verdicts}
          choice={{ filter: { ...filter, group: id } }}
          label="Ask the cluster"
        />
        <GroupCommand id={id} filter={filter} />
      </div>
    </article>
  );
}

/** Asked for only when it is wanted: there may be many groups. */
function GroupCommand({ id, filter }: { id: string; filter: FilterQuery }) {
  const { client } = useConsole();
  const command = async () => {
    const query = { ...filter, group: id, limit: '1' };
    return (await client.ask('GET /api/messages', { query })).command;
  };
  return <CopyButton text={command}>Copy as command</CopyButton>;
}

function Senders({ group: { senders } }: { group: ConsoleGroup }) {
  return (
    <ul class="senders">
      {senders.map(({ sender, count }) => (
        <li key={sender ?? ''}>
          {sender === null ? 'nobody known' : <Foreign text={sender} />}{' '}
          <span class="muted">({grouped(count)})</span>
        </li>
      ))}
    </ul>
  );
}

function LastAction({ group: { lastAction } }: { group: ConsoleGroup }) {
  const { now } = useConsole();
  if (lastAction === null) return null;
  const { action, at, done, failed } = lastAction;
  return (
    <Fact name="Last action">
      {action} <time dateTime={at}>{agoText(at, now)}</time>
      {done !== null && `, ${grouped(done)} done`}
      {failed !== null && failed > 0 && `, ${grouped(failed)} failed`}
    </Fact>
  );
}
