// `camunda-unassign/dead-letters`: looking at the dead-letter queue, and redriving or discarding what is in it.
export { type DiscardOptions, discard, type RedriveOptions, redrive } from './act.ts';
export type { ActionResult, ActionSummary, ActOptions, FurtherPass, PassesEnd } from './action.ts';
export { type Advice, adviceFor } from './advice.ts';
export type { Fault, QueueAccess } from './batches.ts';
export { type DeadLetter, type KnownLetterKind, LETTER_KINDS, type LetterKind } from './dead-letter.ts';
export { destinationProblem } from './destination.ts';
export { type ExportLine, exportLine } from './export-line.ts';
export { type DeadLetterFilter, type FilterFacts, matches, matchesFacts, matchesTexts } from './filter.ts';
export {
  createGrouping,
  type DeadLetterGroup,
  type DeadLetterGrouping,
  type GroupedLetter,
  groupDeadLetters,
  groupIdOf,
  SHOWN_SENDERS,
} from './group.ts';
export type { HandOver } from './hand-over.ts';
export { type HoldOptions, type LookOptions, look, lookAndHold, type Onlooker } from './look.ts';
export type { Coverage, PassOptions, PassProgress } from './pass.ts';
export {
  type ActionPlan,
  LATE_MS,
  type LeftOut,
  leftOutOf,
  type Planner,
  planDiscard,
  planRedrive,
  type RedrivePlan,
} from './plan.ts';
export type { RedriveChanges, RedrivenCopy } from './redrive-message.ts';
export { type DeadLetterSummary, type Return, summarise } from './summary.ts';
export { type TriageOptions, triage } from './triage.ts';
export { type JudgedTask, VERDICTS, type Verdict, verdictOf, WITHOUT_KEY, wouldStrip } from './verdict.ts';
export {
  type CameBack,
  createWatchlist,
  type Redriven,
  type Watchlist,
  type WatchOptions,
  type WatchSummary,
  watch,
} from './watch.ts';
