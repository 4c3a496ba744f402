// Where a fresh link can be pasted.
import { useId, useState } from 'preact/hooks';
import type { ConsoleError } from '../console-client.ts';
import { tokenIn } from '../session.ts';

/** Takes a link and brings its token to the console. */
export function LinkForm({
  exchange,
  problem,
}: {
  exchange: (token: string) => void;
  problem: ConsoleError | undefined;
}) {
  const id = useId();
  const [link, setLink] = useState('');
  const [isWrong, setWrong] = useState(false);
  const send = (event: Event) => {
    event.preventDefault();
    const token = tokenIn(link);
    setWrong(token === undefined);
    if (token !== undefined) exchange(token);
  };
  const complaint = isWrong
    ? 'This is no link of a console: it ends with #token= and a long word.'
    : problem?.message;
  return (
    <form class="link-form" onSubmit={send}>
      <label for={id}>The link from the terminal</label>
      <div class="row">
        <input
          id={id}
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={link}
          aria-invalid={complaint !== undefined}
          aria-describedby={`${id}-problem`}
          onInput={({ currentTarget }) => setLink(currentTarget.value)}
        />
        <button type="submit">Open</button>
      </div>
      <p id={`${id}-problem`} class="problem" role="alert">
        {complaint}
      </p>
    </form>
  );
}
