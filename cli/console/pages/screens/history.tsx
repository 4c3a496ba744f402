// Who did what with dead letters from this machine, by the console and the command line alike.
import { HISTORY_SHAPE } from '../../../dead-letters/audit/history-rows.ts';
import { useAnswer } from '../console-state.tsx';
import { Shown } from '../parts/asked.tsx';
import { Foreign } from '../parts/text.tsx';
import { counted } from '../words.ts';

/** So many are shown: the file may go back for years, and `dead-letters history` has them all. */
const MOST_SHOWN = 200;

/** The screen. */
export function History() {
  const history = useAnswer('GET /api/history', {});
  return (
    <>
      <h1>History</h1>
      <Shown asked={history}>
        {({ actions, damagedLines, path }) => (
          <>
            <p class="summary">
              {actions.length === 0
                ? 'Nothing was done from this machine yet.'
                : `${counted(actions.length, 'action')}, the newest first.`}{' '}
              They are written down in <code class="path">{path}</code>.
            </p>
            {damagedLines.length > 0 && (
              <p class="notice notice-warn">
                {counted(damagedLines.length, 'line')} of it cannot be read:{' '}
                {damagedLines.slice(0, 20).join(', ')}.
              </p>
            )}
            {actions.length > 0 && (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
              <section class="wide-table" tabIndex={0} aria-label="Actions">
                <table>
                  <thead>
                    <tr>
                      {HISTORY_SHAPE.columns.map(({ title }) => (
                        <th key={title} scope="col">
                          {inWords(title)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {actions
                      .slice(-MOST_SHOWN)
                      .reverse()
                      .map((record) => (
                        <tr key={record.id}>
                          {HISTORY_SHAPE.columns.map(({ title, text, style }) => (
                            <td key={title} class={style?.(record) === undefined ? undefined : 'warn'}>
                              <Foreign text={text(record)} />
                            </td>
                          ))}
                        </tr>
                      ))}
                  </tbody>
                </table>
              </section>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

/** `WHEN (UTC)` as `When (UTC)`. */
function inWords(title: string): string {
  return title.replace(/^\w[A-Z]*/, (word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`);
}
