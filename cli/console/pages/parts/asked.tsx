// What became of a question to the console, where there is no answer to show.
import type { ComponentChildren } from 'preact';
import type { Asked } from '../console-state.tsx';

/** The answer's content; before there is one, that it is awaited, and where it failed, why and the way to ask again. */
export function Shown<T>({
  asked,
  children,
}: {
  asked: Asked<T>;
  children: (answer: T) => ComponentChildren;
}) {
  const { answer, error, again } = asked;
  return (
    <>
      {error !== undefined && error.code !== 'no-snapshot' && (
        <div class="notice notice-bad" role="alert">
          {error.message}{' '}
          {error.code !== 'invalid' && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
        </div>
      )}
      {error?.code === 'no-snapshot' && <p class="empty">Nothing was looked at yet. “Look” above begins.</p>}
      {answer === undefined && error === undefined && <p class="empty">One moment.</p>}
      {answer !== undefined && error?.code !== 'invalid' && children(answer)}
    </>
  );
}
