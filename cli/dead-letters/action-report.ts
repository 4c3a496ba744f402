// What became of the messages of a plan, as rows and in a line. Pure.
import type {
  ActionResult,
  ActionSummary,
  CameBack,
  Coverage,
  LeftOut,
} from '../../client/dead-letters/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ResultShape } from '../output.ts';
import { grouped } from '../progress.ts';
import type { Choice } from './choice.ts';
import { coverageJson, lookExitCode } from './coverage.ts';

/** What became of one message, as `json` and `jsonl` write it. These fields stay; what does not apply is null. */
export interface ActionRow {
  readonly messageId: string;
  readonly outcome: ActionResult['outcome'] | 'left-out' | 'not-met' | 'not-tried';
  /** Of its copy on the queue. */
  readonly newMessageId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Whether trying again can help. */
  readonly retryable: boolean | null;
  /** Only with `--watch`: as what it is on the dead-letter queue again; null where it has not been seen there. */
  readonly cameBack?: CameBack | null;
}

/** How the rows are written. A table shows only those with which something is the matter. */
export const ACTION_SHAPE: ResultShape<ActionRow> = {
  rowsField: 'messages',
  json: (row) => row,
  columns: [
    { title: 'MESSAGE ID', text: ({ messageId }) => messageId },
    {
      title: 'OUTCOME',
      text: ({ outcome }) => outcome,
      style: ({ outcome }) => (outcome.startsWith('not') ? 'yellow' : 'red'),
    },
    { title: 'CODE', text: ({ code }) => code ?? '' },
    // A reason cut short is none.
    { title: 'WHY', text: ({ message }) => message ?? '', flexible: true, whole: true },
  ],
};

/** The row of a message that was met. */
export function resultRow(result: ActionResult): ActionRow {
  const { messageId, outcome } = result;
  const newMessageId = 'newMessageId' in result ? result.newMessageId : null;
  if (!('code' in result)) return { messageId, outcome, ...EMPTY, newMessageId };
  const { code, message, retryable } = result;
  return { messageId, outcome, newMessageId, code, message: explain(result, message), retryable };
}

/** The row of a message that the plan leaves where it is. */
export function leftOutRow({ messageId, code, reason }: LeftOut): ActionRow {
  return { messageId, outcome: 'left-out', ...EMPTY, code, message: reason, retryable: false };
}

/** The rows of what was not met again, or not come to before the end. */
export function unmetRows({ notMet, holdLost, coverage }: ActionSummary): ActionRow[] {
  const others =
    coverage.ended === 'aborted'
      ? ({ outcome: 'not-tried', code: null, message: 'stopped before' } as const)
      : ({
          outcome: 'not-met',
          code: null,
          message: 'somebody else holds it, or has already handled it',
        } as const);
  return [...notMet].map((messageId) => ({
    messageId,
    newMessageId: null,
    ...(holdLost.has(messageId) ? LOST : others),
    retryable: true,
  }));
}

const LOST = {
  outcome: 'not-met',
  code: 'HoldLost',
  message: 'hold lost: others could receive it before its turn came, and may have handled it',
} as const;

/**
 * The numbers that `json` writes beside `messages`. These fields stay.
 *
 * @param seen of the look that the plan was made of
 */
export function tallyJson(summary: ActionSummary, seen: Coverage, leftOut: number, interrupted: boolean) {
  const { done, failed, notMet, coverage, goneOn } = summary;
  const ended = coverage.ended === 'aborted' ? 'aborted' : seen.ended;
  const unreleased = seen.unreleased + coverage.unreleased;
  return {
    done,
    failed,
    leftOut,
    notMet: notMet.size,
    passes: 1 + (goneOn?.passes ?? 0),
    interrupted,
    coverage: coverageJson({ ...seen, ended, unreleased }),
  };
}

/**
 * What was done, in a line.
 *
 * @param done the verb, such as `redriven`
 */
export function tallyText(
  { done, failed, inDoubt, notMet, holdLost, coverage }: ActionSummary,
  verb: string,
  interrupted: boolean,
): string {
  const all = done + failed + notMet.size;
  const stopped = coverage.ended === 'aborted';
  const unmet = notMet.size - holdLost.size;
  const parts = [
    `${interrupted ? 'Interrupted: ' : ''}${verb} ${grouped(done)} of ${grouped(all)}`,
    ...(failed > inDoubt ? [`${grouped(failed - inDoubt)} failed and are where they were`] : []),
    ...(inDoubt > 0 ? [`${grouped(inDoubt)} in doubt, since SQS did not say (look again)`] : []),
    ...(holdLost.size > 0 ? [`${grouped(holdLost.size)} not met: hold lost (look again)`] : []),
    ...(unmet > 0
      ? [
          `${grouped(unmet)} ${stopped ? 'not tried' : 'not found again (in flight elsewhere, or already handled)'}`,
        ]
      : []),
  ];
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/**
 * How an action ends. What a filter chose is not all done where the look has not seen all.
 *
 * @param seen of the look that the plan was made of
 */
export function actionExitCode(
  summary: ActionSummary,
  seen: Coverage,
  interrupted: boolean,
  leftOut: readonly LeftOut[],
  { named }: Choice,
): ExitCode {
  const { done, failed, notMet } = summary;
  if (interrupted) return EXIT.interrupted;
  const undone = failed + notMet.size + leftOut.filter(({ messageId }) => named.has(messageId)).length;
  if (undone === 0) return named.size > 0 ? EXIT.done : lookExitCode(seen);
  return done > 0 ? EXIT.partly : EXIT.failed;
}

const EMPTY = { newMessageId: null, code: null, message: null, retryable: null } as const;

function explain({ outcome }: ActionResult, message: string): string {
  return outcome === 'redriven-but-kept'
    ? `its copy was sent, but it could not be deleted, and another redrive would send it again: ${message}`
    : message;
}
