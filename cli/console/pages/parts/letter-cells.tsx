// What every table of dead letters shows of one.
import type { DeadLetterSummary } from '../../../../client/dead-letters/index.ts';
import { answerText } from '../words.ts';
import { Kind } from './kind.tsx';
import { Foreign } from './text.tsx';

/** The class of a column's cells. */
export function columnClass(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

/**
 * Its kind, the answer and its key.
 *
 * @param href of the message's own screen
 * @param linkTabIndex -1 where the row itself leads there
 */
export function LetterCells({
  letter,
  href,
  linkTabIndex,
}: {
  letter: DeadLetterSummary;
  href: string;
  linkTabIndex?: number;
}) {
  const { messageId, kind, status, title, reason, userTaskKey } = letter;
  return (
    <>
      <td class="cell cell-kind">
        <Kind kind={kind} />
      </td>
      <td class="cell cell-answer">
        <Foreign text={answerText(status, title ?? reason)} />
      </td>
      <td class="cell cell-user-task-key">
        <a href={href} tabIndex={linkTabIndex}>
          {userTaskKey ?? `message ${messageId.slice(0, 8)}`}
        </a>
      </td>
    </>
  );
}
