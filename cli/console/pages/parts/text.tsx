// Text that came with a message, and may have been written to deceive: text nodes only, what cannot be seen named, what is long
// cut. Nothing becomes a link.
import { useState } from 'preact/hooks';
import { beginningOf, piecesOf } from '../unseen.ts';
import { grouped } from '../words.ts';

/** A short text of a message, in a line. */
export function Foreign({ text }: { text: string }) {
  return (
    <bdi class="foreign">
      <Pieces text={text.replaceAll('\n', ' ')} />
    </bdi>
  );
}

/** So much of a long text is shown at first. */
const SHOWN = 4_000;

/** A text of several lines, cut where it is long. */
export function ForeignBlock({ text, label }: { text: string; label: string }) {
  const [all, setAll] = useState(false);
  const shown = beginningOf(text, all ? text.length : SHOWN);
  const more = text.length - shown.length;
  return (
    <div class="foreign-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="foreign-text" tabIndex={0} aria-label={label}>
        <pre>
          <Pieces text={shown} />
        </pre>
      </section>
      {text.length > SHOWN && (
        <p class="cut">
          {more > 0 && `${grouped(more)} more characters. `}
          <button type="button" class="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? 'Show less' : 'Show all'}
          </button>
        </p>
      )}
    </div>
  );
}

/** A text with what cannot be seen in it named. */
export function Pieces({ text }: { text: string }) {
  return (
    <>
      {piecesOf(text).map((piece) =>
        'text' in piece ? (
          piece.text
        ) : (
          <span class="unseen" title={piece.meaning}>
            {piece.times === 1 ? piece.name : `${piece.name} × ${grouped(piece.times)}`}
          </span>
        ),
      )}
    </>
  );
}
