// What a look hands over to the action that follows it: messages that it still holds, so that none is received twice.
import type { Coverage, Kept } from './pass.ts';
import type { Portion } from './portion.ts';

/** Good for one action, on the same queue, while the look that it comes from waits for it. */
export interface HandOver {
  /** Of the look. */
  readonly coverage: Coverage;
  readonly portion: Portion;
  readonly kept: Kept;
  /** Whether others have waited long enough for what is still held: it is shown again then, and found again. */
  readonly isOver: () => boolean;
}
