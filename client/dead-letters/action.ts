// What it means to act on dead letters: what may become of each, and of all of them.
import type { Fault, IsHeld } from './batches.ts';
import type { Coverage, PassOptions, Received } from './pass.ts';
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
}

/** What an action has done, in numbers, and what it has not met. */
export interface ActionSummary {
  /** Redriven or discarded, and deleted. */
  readonly done: number;
  /** Where they were; those that were sent and not deleted included. */
  readonly failed: number;
  /** Of the plan, but not met again: somebody else holds them, or has already handled them. */
  readonly notMet: ReadonlySet<string>;
  /**
   * Those of {@link notMet} that were met, and left alone since they may have been received by others before their turn
   * came, as when this process was suspended for longer than SQS hides a message.
   */
  readonly holdLost: ReadonlySet<string>;
  readonly coverage: Coverage;
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
  readonly prepare?: ((portion: readonly Received[]) => Promise<void>) | undefined;
  /** Until so many may be acted on. */
  wait(messages: number): Promise<void>;
  /** Acts on so many, reports each, and returns those that it has deleted. */
  act(received: readonly Received[], isHeld: IsHeld, report: Report): Promise<readonly string[]>;
}
