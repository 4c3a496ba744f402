// One dead letter, whole: why it is here, where it has been, what it says, and what to do.
import { useState } from 'preact/hooks';
import type { MessageAttribute } from '../../../../client/contract/journey.ts';
import type { JourneyStep, MessageAnswer } from '../../api.ts';
import { hrefOf, useAnswer, useConsole } from '../console-state.tsx';
import { jsonLines } from '../json-lines.ts';
import { ActionButtons } from '../parts/action-buttons.tsx';
import { Shown } from '../parts/asked.tsx';
import { BodyEditor } from '../parts/body-editor.tsx';
import { CommandLine, CopyButton } from '../parts/copy-button.tsx';
import { Fact } from '../parts/facts.tsx';
import { Kind } from '../parts/kind.tsx';
import { Foreign, ForeignBlock } from '../parts/text.tsx';
import { useVerdicts, VERDICTS, VerdictProgress } from '../parts/verdicts.tsx';
import { agoText, answerText, bytesText, clockText, counted, grouped, untilText } from '../words.ts';

/** The screen. */
export function Message({ messageId }: { messageId: string }) {
  const { place } = useConsole();
  const message = useAnswer('GET /api/messages/:messageId', { path: { messageId } });
  return (
    <>
      <p class="back">
        <a href={hrefOf({ screen: 'messages', query: place.query })}>All messages</a>
      </p>
      <Shown asked={message}>{(answer) => <Whole answer={answer} again={message.again} />}</Shown>
    </>
  );
}

function Whole({ answer, again }: { answer: MessageAnswer; again: () => void }) {
  const { letter, advice, steps, logsQuery, command } = answer;
  const { kind, status, title, userTaskKey, messageId } = letter;
  const said = answerText(status, title);
  return (
    <article class="message">
      <h1>
        <Kind kind={kind} /> {said !== '' && <Foreign text={said} />}
      </h1>
      <p class="subtitle">
        {userTaskKey === null ? 'No user task key that can be read' : `User task ${userTaskKey}`} · message{' '}
        <code>
          <Foreign text={messageId} />
        </code>
      </p>
      <div class="message-columns">
        <div>
          <section class="card" aria-labelledby="do-title">
            <h2 id="do-title">What to do</h2>
            <p>{advice.meaning}</p>
            <ol>
              {advice.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
            <div class="actions">
              <ActionButtons choice={{ messageIds: [messageId] }} isOne />
            </div>
          </section>
          <Why answer={answer} />
          <Verdict answer={answer} again={again} />
          <Body answer={answer} />
          <Edit answer={answer} />
          <Attributes answer={answer} />
        </div>
        <div>
          <Journey steps={steps} answer={answer} />
          <section class="card" aria-labelledby="elsewhere-title">
            <h2 id="elsewhere-title">Elsewhere</h2>
            <h3>In the terminal</h3>
            <CommandLine command={command} label="The command that shows this message" />
            <h3>In the function’s log</h3>
            {logsQuery === null ? (
              <p class="muted">Its body has no key to search the log for.</p>
            ) : (
              <div class="command">
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
                <section class="command-text" tabIndex={0} aria-label="Query for CloudWatch Logs Insights">
                  <pre>{logsQuery}</pre>
                </section>
                <CopyButton text={logsQuery}>Copy the query</CopyButton>
              </div>
            )}
          </section>
        </div>
      </div>
    </article>
  );
}

function Why({ answer: { letter, request, groupId } }: { answer: MessageAnswer }) {
  const { now, place } = useConsole();
  const { status, title, detail, reason, failure, kind, attempts, sender, expiresAt, movedFrom } = letter;
  const said = answerText(status, title);
  return (
    <section class="card" aria-labelledby="why-title">
      <h2 id="why-title">Why it is here</h2>
      <dl class="fact-list">
        {reason !== null && (
          <Fact name="Reason">
            <Foreign text={reason} />
          </Fact>
        )}
        {said !== '' && (
          <Fact name="Last answer">
            <Foreign text={said} />
          </Fact>
        )}
        {detail !== null && (
          <Fact name="Detail">
            <Foreign text={detail} />
          </Fact>
        )}
        {kind === 'unexplained' && (
          <Fact name="Says">
            <Foreign text={failure} />
          </Fact>
        )}
        {movedFrom !== null && (
          <Fact name="Moved from">
            <Foreign text={movedFrom} />
          </Fact>
        )}
        <Fact name="Calls">{attempts === null ? 'unknown' : grouped(attempts)}</Fact>
        <Fact name="Sender">{sender === null ? 'unknown' : <Foreign text={sender} />}</Fact>
        {expiresAt !== null && (
          <Fact name="Expires">
            {clockText(expiresAt)}, {untilText(expiresAt, now)}
          </Fact>
        )}
        {request.ok && request.expectedAssignee !== null && (
          <Fact name="Only while">
            <Foreign text={request.expectedAssignee} /> has the task
          </Fact>
        )}
        {!request.ok && (
          <Fact name="Contract">
            <Foreign text={request.reason} />
          </Fact>
        )}
        {letter.lostAttributes.length > 0 && (
          <Fact name="Redrive">
            Not possible: it has an attribute that cannot be carried. It can be discarded.
          </Fact>
        )}
        <Fact name="Group">
          <a href={hrefOf({ screen: 'messages', query: { ...place.query, group: groupId } })}>{groupId}</a>
        </Fact>
      </dl>
    </section>
  );
}

function Verdict({ answer: { verdict, letter }, again }: { answer: MessageAnswer; again: () => void }) {
  const { now } = useConsole();
  const { state, problem, isAsking, ask } = useVerdicts(again);
  return (
    <section class="card" aria-labelledby="verdict-title">
      <h2 id="verdict-title">What the task is now</h2>
      {verdict === null ? (
        <p class="muted">The cluster was not asked.</p>
      ) : (
        <>
          <p>
            <span class={`tag verdict-${verdict.verdict}`}>{verdict.verdict}</span>{' '}
            {VERDICTS[verdict.verdict]} <span class="muted">Asked {agoText(verdict.askedAt, now)}.</span>
          </p>
          <dl class="fact-list">
            {verdict.assignee !== undefined && (
              <Fact name="Assignee">
                <Foreign text={verdict.assignee} />
              </Fact>
            )}
            {verdict.state !== undefined && (
              <Fact name="State">
                <Foreign text={verdict.state} />
              </Fact>
            )}
            {verdict.reason !== undefined && (
              <Fact name="Because">
                <Foreign text={verdict.reason} />
              </Fact>
            )}
          </dl>
          {verdict.wouldStrip && (
            <p class="notice notice-warn">A redrive would take the task from whoever has it now.</p>
          )}
        </>
      )}
      <VerdictProgress state={state} problem={problem} />
      <div class="actions">
        <button
          type="button"
          aria-disabled={isAsking}
          onClick={() => !isAsking && ask({ messageIds: [letter.messageId] })}
        >
          {verdict === null ? 'Ask the cluster' : 'Ask again'}
        </button>
      </div>
    </section>
  );
}

/** Where it has been, the oldest first; what is still to come below the line. */
function Journey({ steps, answer: { letter } }: { steps: readonly JourneyStep[]; answer: MessageAnswer }) {
  const { now } = useConsole();
  return (
    <section class="card" aria-labelledby="journey-title">
      <h2 id="journey-title">Its journey</h2>
      <p>
        {letter.redriven === 0
          ? 'It was never redriven.'
          : `It was redriven ${counted(letter.redriven, 'time')}${letter.redrivenAt === null ? '' : `, last ${agoText(letter.redrivenAt, now)}`}.`}
      </p>
      <ol class="journey">
        {steps.map(({ at, event, text, ahead }) => (
          <li key={`${at} ${event}`} class={`journey-step journey-${event}${ahead ? ' journey-ahead' : ''}`}>
            <span class="journey-text">
              <Foreign text={text} />
            </span>
            <time class="journey-time" dateTime={at}>
              {clockText(at)} <span class="muted">{untilText(at, now)}</span>
            </time>
          </li>
        ))}
      </ol>
      {letter.unreadable !== null && (
        <>
          <h3>A journey that cannot be read</h3>
          <ForeignBlock text={letter.unreadable} label="The journey as it was found" />
        </>
      )}
    </section>
  );
}

function Body({ answer: { letter, cut } }: { answer: MessageAnswer }) {
  const [isRaw, setRaw] = useState(false);
  const pretty = jsonLines(letter.body);
  return (
    <section class="card" aria-labelledby="body-title">
      <div class="card-head">
        <h2 id="body-title">Body</h2>
        {pretty !== undefined && (
          <button type="button" class="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </button>
        )}
        <CopyButton text={letter.body}>Copy</CopyButton>
      </div>
      {letter.body === '' ? (
        <p class="muted">It is empty.</p>
      ) : (
        <ForeignBlock text={isRaw ? letter.body : (pretty ?? letter.body)} label="Text of the body" />
      )}
      {cut !== null && (
        <p class="notice notice-warn">
          This is the beginning of {bytesText(cut.bodyBytes)}: the console had no room for all of it. The
          command line’s export has it whole.
          {cut.attributes.length > 0 && ` Left out: ${counted(cut.attributes.length, 'attribute')}.`}
        </p>
      )}
    </section>
  );
}

/** Where a redrive is possible, its body can be another. */
function Edit({ answer: { letter, cut } }: { answer: MessageAnswer }) {
  const { overview, drafts } = useConsole();
  const [isOpen, setOpen] = useState(drafts.has(letter.messageId));
  if (overview === undefined || !overview.target.actionsAllowed || overview.target.queueUrl === null)
    return null;
  return (
    <section class="card" aria-labelledby="edit-title">
      <div class="card-head">
        <h2 id="edit-title">Redrive with another body</h2>
        {cut === null && (
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Close' : 'Edit'}
          </button>
        )}
      </div>
      {cut !== null && (
        <p class="muted">
          Not here: the console has only the beginning of it. The command line’s redrive --edit can.
        </p>
      )}
      {isOpen && cut === null && <BodyEditor messageId={letter.messageId} body={letter.body} />}
    </section>
  );
}

function Attributes({ answer: { letter, cut } }: { answer: MessageAnswer }) {
  const attributes = Object.entries(letter.attributes ?? {});
  const others = [
    ['Message group', letter.messageGroupId],
    ['Trace', letter.traceHeader],
  ] as const;
  return (
    <section class="card" aria-labelledby="attributes-title">
      <h2 id="attributes-title">Attributes of the sender</h2>
      {attributes.length + letter.lostAttributes.length + (cut?.attributes.length ?? 0) === 0 && (
        <p class="muted">It has none.</p>
      )}
      <dl class="fact-list">
        {attributes.map(([name, attribute]) => (
          <div key={name}>
            <dt>
              <Foreign text={name} /> <span class="muted">{<Foreign text={attribute.dataType} />}</span>
            </dt>
            <dd>
              <Value attribute={attribute} name={name} />
            </dd>
          </div>
        ))}
        {letter.lostAttributes.map((name) => (
          <div key={name}>
            <dt>
              <Foreign text={name} />
            </dt>
            <dd class="muted">Its value did not come through.</dd>
          </div>
        ))}
        {(cut?.attributes ?? []).map((name) => (
          <div key={name}>
            <dt>
              <Foreign text={name} />
            </dt>
            <dd class="muted">Left out: there was no room for it.</dd>
          </div>
        ))}
        {others.map(
          ([name, value]) =>
            value && (
              <Fact key={name} name={name}>
                <Foreign text={value} />
              </Fact>
            ),
        )}
      </dl>
    </section>
  );
}

/** From so many characters on a value gets a block of its own. */
const LONG = 200;

function Value({ attribute, name }: { attribute: MessageAttribute; name: string }) {
  const [isRaw, setRaw] = useState(false);
  if ('stringValue' in attribute) {
    const { stringValue } = attribute;
    if (stringValue.length > LONG || stringValue.includes('\n')) {
      return <ForeignBlock text={stringValue} label={`Value of ${name}`} />;
    }
    return <Foreign text={stringValue} />;
  }
  const bytes = Math.floor((attribute.binaryValue.replace(/=+$/, '').length * 3) / 4);
  return (
    <>
      {bytesText(bytes)}{' '}
      <button type="button" class="quiet" aria-expanded={isRaw} onClick={() => setRaw(!isRaw)}>
        Raw
      </button>
      {isRaw && <ForeignBlock text={attribute.binaryValue} label={`Value of ${name} as base64`} />}
    </>
  );
}
