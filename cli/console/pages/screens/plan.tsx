// What would be done, before anything is: the exact messages, what is left out and why, and what the confirmation needs.
import { useEffect, useId, useState } from 'preact/hooks';
import type { DeadLetterSummary, LeftOut } from '../../../../client/dead-letters/index.ts';
import type { Page, PlanAnswer, PlanRequest } from '../../api.ts';
import { addressOf, type Place } from '../address.ts';
import type { ConsoleError } from '../console-client.ts';
import { asConsoleError, hrefOf, useConsole } from '../console-state.tsx';
import { type Confirmation, confirmationBody, type Intent, NOTHING_TYPED } from '../intent.ts';
import { BodyDiff } from '../parts/body-diff.tsx';
import { CommandLine } from '../parts/copy-button.tsx';
import { Fact } from '../parts/facts.tsx';
import { Kind } from '../parts/kind.tsx';
import { columnClass, LetterCells } from '../parts/letter-cells.tsx';
import { PlanSettings } from '../parts/plan-settings.tsx';
import { Foreign } from '../parts/text.tsx';
import { type RowProps, VirtualRows } from '../parts/virtual-rows.tsx';
import { useRows } from '../rows.ts';
import { agoText, answerText, clockText, counted, grouped, messages, spanText } from '../words.ts';

/** The screen. */
export function Plan() {
  const { intent } = useConsole();
  if (intent === undefined) {
    return (
      <>
        <h1>Plan</h1>
        <p>
          There is no plan. Choose what to do with a <a href={hrefOf({ screen: 'groups' })}>group</a> or with{' '}
          <a href={hrefOf({ screen: 'messages' })}>messages</a>.
        </p>
      </>
    );
  }
  return <Planned intent={intent} />;
}

const VERBS: Readonly<Record<PlanRequest['action'], string>> = {
  redrive: 'Redrive',
  discard: 'Discard',
  export: 'Export',
};

function Planned({ intent }: { intent: Intent }) {
  const { setIntent } = useConsole();
  const { plan, error, isPlanning, planAgain } = usePlan(intent.request);
  const [typed, setTyped] = useState<Confirmation>(NOTHING_TYPED);
  const change = (changes: Partial<PlanRequest>) =>
    setIntent({ ...intent, request: { ...intent.request, ...changes } });
  return (
    <>
      <h1>{plan?.headline ?? `${VERBS[intent.request.action]}: a plan is being made`}</h1>
      {error !== undefined && (
        <div class="notice notice-bad" role="alert">
          {error.message}{' '}
          <button type="button" onClick={planAgain}>
            Plan again
          </button>
        </div>
      )}
      {intent.request.action === 'redrive' && <PlanSettings request={intent.request} onChange={change} />}
      {plan !== undefined && (
        <div class={isPlanning ? 'plan plan-old' : 'plan'} aria-busy={isPlanning}>
          <Contents plan={plan} from={intent.from} />
          <Confirm
            key="confirm"
            {...{ plan, typed, setTyped, isPlanning, planAgain }}
            back={addressOf(intent.from)}
          />
          {plan.command !== null && <CommandLine command={plan.command} label="The command for the same" />}
        </div>
      )}
      {plan === undefined && error !== undefined && (
        <p>
          <a href={addressOf(intent.from)}>Back</a>
        </p>
      )}
    </>
  );
}

/** The plan for a request, made anew when that changes. */
function usePlan(request: PlanRequest) {
  const { client, announce } = useConsole();
  const [state, setState] = useState<{ plan?: PlanAnswer; error?: ConsoleError; isPlanning: boolean }>({
    isPlanning: true,
  });
  const [round, setRound] = useState(0);
  const words = JSON.stringify(request);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState((before) => ({ ...before, isPlanning: true }));
    client.ask('POST /api/plans', { body: JSON.parse(words) as PlanRequest, signal }).then(
      (plan) => {
        if (signal.aborted) return;
        setState({ plan, isPlanning: false });
        announce(plan.headline);
      },
      (error: unknown) => {
        if (!signal.aborted) setState({ error: asConsoleError(error), isPlanning: false });
      },
    );
    return () => controller.abort();
  }, [client, words, round, announce]);
  return { ...state, planAgain: () => setRound((before) => before + 1) };
}

function Contents({ plan, from }: { plan: PlanAnswer; from: Place }) {
  const { messages: those, groups, leftOut, edit } = plan;
  return (
    <>
      <Warnings plan={plan} />
      <PlanFacts plan={plan} />
      {edit !== null && (
        <section class="card" aria-labelledby="edit-title">
          <h2 id="edit-title">The body changes</h2>
          <BodyDiff before={edit.before} after={edit.after} />
        </section>
      )}
      <section aria-labelledby="planned-title">
        <h2 id="planned-title">{those.total === 0 ? 'No message' : `The ${messages(those.total)}`}</h2>
        {groups.length > 0 && (
          <ul class="plan-groups">
            {groups.map((group) => (
              <li key={group.id}>
                <span class="figure">{grouped(group.count)}</span> <Kind kind={group.kind} />{' '}
                <Foreign text={answerText(group.status, group.title)} />
              </li>
            ))}
          </ul>
        )}
        {those.total > 0 && <PlannedMessages plan={plan} query={from.query} />}
      </section>
      {leftOut.total > 0 && <LeftOutMessages plan={plan} />}
    </>
  );
}

/** How a remark begins about those that are left out, which a section of its own says in the page's words. */
const LEFT_OUT = 'Left out:';

/** What one should have thought of before. */
function Warnings({ plan: { unseen, wouldStrip, remarks } }: { plan: PlanAnswer }) {
  const others = remarks.filter((remark) => !remark.startsWith(LEFT_OUT));
  return (
    <>
      {wouldStrip !== null && (
        <p class={(wouldStrip.count ?? 0) > 0 ? 'notice notice-bad' : 'notice notice-info'}>
          {wouldStrip.text}
        </p>
      )}
      {unseen.length > 0 && (
        <p class="notice notice-warn">
          {messages(unseen.length)} of those that were chosen are not in the look any more.
        </p>
      )}
      {others.map((remark) => (
        <p key={remark} class="notice notice-warn">
          {remark}
        </p>
      ))}
    </>
  );
}

function PlanFacts({ plan }: { plan: PlanAnswer }) {
  const { now } = useConsole();
  const { action, messages: those, leftOut, oldestRequestAt, perSecond, watchForMs } = plan;
  return (
    <dl class="facts">
      <Fact name="Messages">{grouped(those.total)}</Fact>
      <Fact name="Left out">{grouped(leftOut.total)}</Fact>
      {oldestRequestAt !== null && (
        <Fact name="Oldest request">
          <time dateTime={oldestRequestAt} title={clockText(oldestRequestAt)}>
            {agoText(oldestRequestAt, now)}
          </time>
        </Fact>
      )}
      {action === 'redrive' && (
        <>
          <Fact name="Rate">
            {perSecond === null ? 'as fast as it goes' : `${grouped(perSecond)} a second`}
          </Fact>
          <Fact name="Watched for">{watchForMs ? spanText(watchForMs) : 'not watched'}</Fact>
        </>
      )}
    </dl>
  );
}

function PlannedMessages({
  plan: { planId, messages: first },
  query,
}: {
  plan: PlanAnswer;
  query: Place['query'];
}) {
  const { client, now } = useConsole();
  const rows = useRows<DeadLetterSummary, Page<DeadLetterSummary>>(planId, (page) =>
    first.total <= first.rows.length
      ? Promise.resolve(first)
      : client.ask('GET /api/plans/:planId/messages', { path: { planId }, query: page }),
  );
  return (
    <VirtualRows
      label="Messages of the plan"
      className="rows-short"
      total={first.total}
      wanted={rows.list}
      onWindow={({ first: from, end }) => rows.want(from, Math.max(from, end - 1))}
      head={<Head columns={['Age', 'Kind', 'Answer', 'User task key']} />}
      row={(props) => (
        <PlannedRow key={props.index} {...props} letter={rows.rowAt(props.index)} now={now} query={query} />
      )}
    />
  );
}

function Head({ columns }: { columns: readonly string[] }) {
  return (
    <tr class="line line-head" aria-rowindex={1}>
      {columns.map((title) => (
        <th key={title} class={`cell cell-${columnClass(title)}`} scope="col">
          {title}
        </th>
      ))}
    </tr>
  );
}

function PlannedRow({
  index,
  tabIndex,
  letter,
  now,
  query,
}: RowProps & { letter: DeadLetterSummary | undefined; now: number; query: Place['query'] }) {
  if (letter === undefined) {
    return (
      <tr class="line" aria-rowindex={index + 2} aria-busy="true" data-row={index} tabIndex={tabIndex}>
        <td class="cell cell-age">…</td>
      </tr>
    );
  }
  return (
    <tr class="line" aria-rowindex={index + 2} data-row={index} tabIndex={tabIndex}>
      <td class="cell cell-age">{spanText(Math.max(0, now - Date.parse(letter.failedAt)))}</td>
      <LetterCells
        letter={letter}
        href={hrefOf({ screen: 'messages', messageId: letter.messageId, query })}
      />
    </tr>
  );
}

const LEFT_OUT_WORDS: Readonly<Record<LeftOut['code'], string>> = {
  Expired: 'expired, which would come straight back; a new expiry above sends them all the same',
  Malformed: 'malformed, which would come straight back; one can be edited on its own page',
  LostAttributes:
    'with an attribute that cannot be carried, which a copy would lack; discard them, or leave them',
};

/** So many are named at once. */
const SHOWN_LEFT_OUT = 20;

function LeftOutMessages({ plan: { leftOut } }: { plan: PlanAnswer }) {
  return (
    <section aria-labelledby="left-out-title">
      <h2 id="left-out-title">Left where they are: {grouped(leftOut.total)}</h2>
      <ul class="plain-list">
        {leftOut.byCode.map(({ code, count }) => (
          <li key={code}>
            <span class="figure">{grouped(count)}</span> {LEFT_OUT_WORDS[code]}
          </li>
        ))}
      </ul>
      <details>
        <summary>Which and why</summary>
        <ul class="plain-list">
          {leftOut.rows.slice(0, SHOWN_LEFT_OUT).map(({ messageId, reason }) => (
            <li key={messageId}>
              <a href={hrefOf({ screen: 'messages', messageId })}>
                <code>{messageId.slice(0, 8)}</code>
              </a>{' '}
              <Foreign text={reason} />
            </li>
          ))}
        </ul>
        {leftOut.total > SHOWN_LEFT_OUT && (
          <p class="muted">And {counted(leftOut.total - SHOWN_LEFT_OUT, 'other')}.</p>
        )}
      </details>
    </section>
  );
}

/** Errors after which the same plan cannot be used any more. */
const USED_UP = ['plan-expired', 'plan-used', 'plan-changed'];

function Confirm({
  plan,
  typed,
  setTyped,
  isPlanning,
  planAgain,
  back,
}: {
  plan: PlanAnswer;
  typed: Confirmation;
  setTyped: (typed: Confirmation) => void;
  isPlanning: boolean;
  planAgain: () => void;
  back: string;
}) {
  const id = useId();
  const { client, now, go, setIntent, setOperation } = useConsole();
  const [problem, setProblem] = useState<ConsoleError | undefined>();
  const [isBusy, setBusy] = useState(false);
  const { planId, digest, action, needs, expiresAt, messages: those } = plan;
  useEffect(() => setProblem(undefined), [planId]);
  const left = Date.parse(expiresAt) - now;
  const isOver = left <= 0 || (problem !== undefined && USED_UP.includes(problem.code));
  const isReady = !isPlanning && !isBusy && !isOver && those.total > 0;
  const confirm = async (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    setBusy(true);
    setProblem(undefined);
    try {
      setOperation(
        await client.ask('POST /api/operations', { body: { planId, digest, ...confirmationBody(typed) } }),
      );
      setIntent(undefined);
      go({ screen: 'operation', query: {} });
    } catch (error) {
      setProblem(asConsoleError(error));
      setBusy(false);
    }
  };
  const field = (name: keyof Confirmation, label: string) => (
    <div class="field">
      <label for={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={typed[name]}
        onInput={({ currentTarget }) => setTyped({ ...typed, [name]: currentTarget.value })}
      />
    </div>
  );
  return (
    <form class="card confirm" aria-labelledby={`${id}-title`} onSubmit={confirm}>
      <h2 id={`${id}-title`}>Confirm</h2>
      {action === 'discard' && (
        <p>
          Discarding takes them off the dead-letter queue for good. They are exported to a file on this
          machine first.
        </p>
      )}
      {needs.count !== null && field('count', `Type the number of messages: ${grouped(needs.count)}`)}
      {needs.stageName !== null && field('stageName', `Type the name of the stage: ${needs.stageName}`)}
      {needs.reason && field('reason', 'Why, for whoever reads the history')}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem.message}
        </p>
      )}
      <div class="actions">
        <button type="submit" class={action === 'discard' ? 'danger' : 'primary'} aria-disabled={!isReady}>
          {VERBS[action]} {messages(those.total)}
        </button>
        <a class="button quiet" href={back}>
          Back, do nothing
        </a>
        {isOver ? (
          <>
            <span class="muted">This plan cannot be used any more. What you have typed stays.</span>
            <button type="button" onClick={planAgain}>
              Plan again
            </button>
          </>
        ) : (
          <span class="muted">Good for {spanText(Math.max(0, left))}, once.</span>
        )}
      </div>
    </form>
  );
}
