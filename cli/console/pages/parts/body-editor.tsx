// Changes the body of a message before it is redriven: the contract is checked while one types, and what changes is shown.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { BodyCheckAnswer } from '../../api.ts';
import { asConsoleError, useConsole } from '../console-state.tsx';
import { planRequest } from '../intent.ts';
import { useActions } from './action-buttons.tsx';
import { BodyDiff } from './body-diff.tsx';
import { Foreign } from './text.tsx';

/** Until somebody pauses; milliseconds. */
const PAUSE_MS = 250;

/** The editor. What was typed stays while one looks elsewhere. */
export function BodyEditor({ messageId, body }: { messageId: string; body: string }) {
  const id = useId();
  const { drafts } = useConsole();
  const begin = useActions();
  const [text, setText] = useState(drafts.get(messageId) ?? body);
  const { check, problem } = useBodyCheck(text);
  const isChanged = text !== body;
  const type = (typed: string) => {
    drafts.set(messageId, typed);
    setText(typed);
  };
  const plan = () => {
    if (!isChanged || check?.problem !== null) return;
    begin({ ...planRequest('redrive', { messageIds: [messageId] }), edit: { messageId, body: text } });
  };
  return (
    <div class="editor">
      <label for={id}>The body as it is to be sent</label>
      <textarea
        id={id}
        rows={Math.min(16, Math.max(4, text.split('\n').length + 1))}
        spellcheck={false}
        value={text}
        aria-invalid={check !== undefined && check.problem !== null}
        aria-describedby={`${id}-check`}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      <p id={`${id}-check`} class="check" aria-live="polite">
        <CheckWords check={check} problem={problem} />
      </p>
      {isChanged && <BodyDiff before={body} after={text} />}
      <div class="actions">
        <button type="button" aria-disabled={!isChanged || check?.problem !== null} onClick={plan}>
          Redrive with this body
        </button>
        <button type="button" class="quiet" aria-disabled={!isChanged} onClick={() => type(body)}>
          As it was
        </button>
      </div>
    </div>
  );
}

function CheckWords({ check, problem }: { check: BodyCheckAnswer | undefined; problem: string | undefined }) {
  if (problem !== undefined) return <span class="problem">It could not be checked. {problem}</span>;
  if (check === undefined) return <span class="muted">It is being checked.</span>;
  if (check.problem !== null) {
    return (
      <span class="problem">
        <Foreign text={check.problem} />
      </span>
    );
  }
  return (
    <span class="good">
      It keeps the contract
      {check.userTaskKey === null ? '' : `, and asks for the user task ${check.userTaskKey}`}.
    </span>
  );
}

/** What the function would say of a body: asked when somebody pauses. */
function useBodyCheck(body: string) {
  const { client, revival } = useConsole();
  const [state, setState] = useState<{ check?: BodyCheckAnswer; problem?: string }>({});
  const latest = useRef('');
  latest.current = body;
  useEffect(() => {
    const timer = setTimeout(async () => {
      try {
        const check = await client.ask('POST /api/body-check', { body: { body } });
        if (latest.current === body) setState({ check });
      } catch (error) {
        if (latest.current === body) setState({ problem: asConsoleError(error).message });
      }
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [client, body, revival]);
  return { check: state.check, problem: state.problem };
}
