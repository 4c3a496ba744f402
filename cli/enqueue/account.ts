// What became of the requests so far, and what follows from it.
import type { SendFault } from '../../client/sqs/send-faults.ts';
import { adviceFor } from '../connection-errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Job } from './order.ts';
import type { Tally } from './report.ts';
import type { RequestState } from './send.ts';

/** Counts, and judges by the counts. */
export class Account {
  sent = 0;
  failed = 0;
  notSent = 0;
  /** What to do about the failure that has ended the sending. */
  advice: string | undefined;
  readonly #job: Job;
  readonly #startedAt: number;

  constructor(job: Job) {
    this.#job = job;
    this.#startedAt = job.surroundings.now();
  }

  add({ state }: RequestState): void {
    if (state === 'sent') this.sent += 1;
    else if (state === 'failed') this.failed += 1;
    else this.notSent += 1;
  }

  /** Where the sending was stopped: what was not read counts as not sent. */
  countRest(): void {
    const { surroundings, checked } = this.#job;
    const isStopped = surroundings.signal.aborted || this.advice !== undefined;
    if (isStopped) this.notSent = checked.requests - this.sent - this.failed;
  }

  /** What holds for every message alike ends it all; so does a queue that takes nothing at all. */
  isHopeless({ code, message }: SendFault): boolean {
    const error = Object.assign(new Error(message), { name: code });
    this.advice ??= adviceFor(error, this.#job.order.connection);
    if (this.advice === undefined && this.sent === 0 && this.failed >= HOPELESS_FAILURES) {
      this.advice = 'SQS has taken none of them: not trying the others.';
    }
    return this.advice !== undefined;
  }

  tally(): Tally {
    const { surroundings, checked } = this.#job;
    return {
      requests: checked.requests,
      sent: this.sent,
      failedCount: this.failed,
      invalidCount: checked.invalid,
      notSentCount: this.notSent,
      interrupted: surroundings.signal.aborted && this.failed + this.notSent > 0,
      seconds: (surroundings.now() - this.#startedAt) / 1000,
    };
  }
}

/** How the command ends with such a tally. */
export function exitCodeOf({ sent, failedCount, notSentCount, invalidCount, interrupted }: Tally): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (failedCount + notSentCount + invalidCount === 0) return EXIT.done;
  return sent > 0 ? EXIT.partly : EXIT.failed;
}

/** As many as are under way at once: a burst of bad luck is shorter. */
const HOPELESS_FAILURES = 100;
