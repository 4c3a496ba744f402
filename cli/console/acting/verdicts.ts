// What the cluster says of the tasks of dead letters: asked when somebody wants to know, and remembered.
import { VERDICTS, type Verdict, wouldStrip } from '../../../client/dead-letters/index.ts';
import { type JudgedLetter, keysOf, type LetterToJudge } from '../../dead-letters/verdicts.ts';
import type { MessageAnswer, VerdictsAnswer } from '../api.ts';
import { Refusal } from '../server/refusal.ts';

/** The verdicts of one console. */
export interface Verdicts {
  /** Begins to ask about these. Throws a Refusal while such a question goes on. */
  ask(letters: readonly LetterToJudge[]): void;
  state(): VerdictsAnswer;
  of(messageId: string): Verdict | undefined;
  on(messageId: string): MessageAnswer['verdict'];
  /** Resolves when no question goes on. */
  ended(): Promise<void>;
}

/** Who is asked. */
export interface VerdictsOptions {
  /** Tells how many tasks have a verdict. */
  readonly judge: (
    letters: readonly LetterToJudge[],
    onProgress: (judged: number) => void,
  ) => Promise<JudgedLetter[]>;
  readonly now: () => number;
  readonly adviceOn: (error: unknown) => string;
}

/** Nobody was asked yet. */
export function createVerdicts({ judge, now, adviceOn }: VerdictsOptions): Verdicts {
  const known = new Map<string, NonNullable<MessageAnswer['verdict']>>();
  let progress = { asked: 0, total: 0 };
  let going: Promise<void> | undefined;
  let at: string | null = null;
  let error: string | null = null;

  async function askAbout(letters: readonly LetterToJudge[]): Promise<void> {
    const askedAt = new Date(now()).toISOString();
    try {
      const judged = await judge(letters, (asked) => {
        progress = { ...progress, asked };
      });
      for (const { messageId, task, expectedAssignee } of judged) {
        known.set(messageId, { ...task, wouldStrip: wouldStrip(task, expectedAssignee), askedAt });
      }
      at = askedAt;
    } catch (fault) {
      error = adviceOn(fault);
    } finally {
      going = undefined;
    }
  }

  return {
    ask(letters) {
      if (going !== undefined) throw new Refusal('busy', 'The cluster is being asked: wait for its answers.');
      error = null;
      progress = { asked: 0, total: keysOf(letters).size };
      going = askAbout(letters);
    },
    state() {
      const counts = { gone: 0, free: 0, theirs: 0, busy: 0, unknown: 0 };
      for (const { verdict } of known.values()) counts[verdict] += 1;
      const rest = at === null ? 'none' : 'ready';
      const ended = error === null ? rest : 'failed';
      return { state: going === undefined ? ended : 'asking', ...progress, counts, at, error };
    },
    of: (messageId) => known.get(messageId)?.verdict,
    on: (messageId) => known.get(messageId) ?? null,
    async ended() {
      await going;
    },
  };
}

/** Those of a filter: of what was not asked about nothing is known. */
export function hasVerdict(verdict: Verdict | undefined, wanted: readonly Verdict[] = VERDICTS): boolean {
  return verdict !== undefined && wanted.includes(verdict);
}
