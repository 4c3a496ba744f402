// What it means to act on dead letters: what may become of each, and of all of them.
import type { Fault, IsHeld } from './batches.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { HandOver } from './hand-over.ts';
import type { Coverage, PassOptions } from './pass.ts';
import type { HeldLetter } from './portion.ts';
import type { RedrivenCopy } from './redrive-message.ts';

/** What became of one message of the plan. */
export type ActionResult =
  /** Its copy is on the queue, and it is deleted. */
  | ({ readonly messageId: string; readonly outcome: 'redriven' } & RedrivenCopy)
  /** Its copy is on the queue, but it is here as well: another redrive would send it a second time. */
  | ({ readonly messageId: string; readonly outcome: 'redriven-but-kept' } & RedrivenCopy & Fault)
  | { readonly messageId: string; readonly outcome: 'discarded' }
  /** Nothing is known to have happened: it is where it was. With the code `InDoubt` its copy may be on the queue. */
  | ({ readonly messageId: string; readonly outcome: 'failed' } & Fault);

/** How to act; what is not given is the default. */
export interface ActOptions extends PassOptions {
  /** Told of every message of the plan that was met, when what became of it is known; awaited. */
  readonly onResult?: ((result: ActionResult) => Promise<void> | void) | undefined;
  /**
   * What the look holds that the plan was made of ({@link lookAndHold}): these are acted on first, and are not received again. Of
   * them, too, only those of the plan are. What others have waited for long enough is shown again, and found again.
   */
  readonly handOver?: HandOver | undefined;
  /**
   * What else is meant, where the look that the plan was made of could not see all of a large queue. When the plan is done, this
   * is acted on as well, pass after pass, in as much memory as one pass takes. Called at the beginning of each pass; what it returns
   * is asked about each dead letter. It must not mean what has come since the look: what comes straight back would go round in
   * circles.
   */
  readonly goOnWith?: (() => (letter: DeadLetter) => boolean) | undefined;
  /** Told of each of these passes when it is over. */
  readonly onPass?: ((pass: FurtherPass) => void) | undefined;
}

/** A pass that has gone on where a plan ended. */
export interface FurtherPass {
  /** From 1 on. */
  readonly number: number;
  readonly coverage: Coverage;
  /** In this pass. */
  readonly done: number;
  readonly failed: number;
}

/**
 * Why no other pass followed:
 * - `all-seen`: the last one saw all that could be received;
 * - `nothing-matched`: it found nothing that is meant in what it saw, which was not all;
 * - `no-progress`: nothing of what it found could be done;
 * - `too-many-failed`: more than one keeps account of;
 * - `aborted`: by the signal.
 */
export type PassesEnd = 'all-seen' | 'nothing-matched' | 'no-progress' | 'too-many-failed' | 'aborted';

/** What an action has done, in numbers, and what it has not met. */
export interface ActionSummary {
  /** Redriven or discarded, and deleted. */
  readonly done: number;
  /** Where they were; those that were sent and not deleted included. */
  readonly failed: number;
  /**
   * How many of those that failed may have been sent or deleted all the same: SQS did not say (`InDoubt`), as when this process was
   * suspended while a request was on its way.
   */
  readonly inDoubt: number;
  /** Of the plan, but not met again: somebody else holds them, or has already handled them. Besides, those of {@link holdLost}. */
  readonly notMet: ReadonlySet<string>;
  /**
   * Those of {@link notMet} that were met, and left alone since they may have been received by others before their turn
   * came, as when this process was suspended for longer than SQS hides a message.
   */
  readonly holdLost: ReadonlySet<string>;
  /** Of the last pass, which is the look where all that it handed over was all that there was to do. */
  readonly coverage: Coverage;
  /** With {@link ActOptions.goOnWith}: how many passes followed the plan, and why no more did. */
  readonly goneOn?: { readonly passes: number; readonly ended: PassesEnd } | undefined;
}

/** Tells what became of one, or that it may no longer be touched. */
export type Report = (
  result: ActionResult | { readonly messageId: string; readonly outcome: 'hold-lost' },
) => Promise<void>;

/** What is to be done with messages that are held. */
export interface Action {
  /** So many of them at once, ten at most. */
  readonly atOnce: number;
  /** No portion is larger than that. */
  readonly mostHeld?: number | undefined;
  /** Awaited before any of a portion is acted on. */
  readonly prepare?: ((portion: Iterable<HeldLetter>) => Promise<void>) | undefined;
  /** Until so many may be acted on. */
  wait(messages: number): Promise<void>;
  /** Acts on so many, reports each, and returns those that it has deleted. */
  act(held: readonly HeldLetter[], isHeld: IsHeld, report: Report): Promise<readonly string[]>;
}
