import type { LetterKind } from '../../../../client/dead-letters/index.ts';
import { kindClass } from '../kinds.ts';
import { Foreign } from './text.tsx';

/** Why a dead letter is here, in a word with its colour. */
export function Kind({ kind }: { kind: LetterKind }) {
  return (
    <span class="kind">
      <svg class="swatch" width="9" height="9" aria-hidden="true">
        <rect width="9" height="9" rx="2" class={kindClass(kind)} />
      </svg>
      <Foreign text={kind} />
    </span>
  );
}
