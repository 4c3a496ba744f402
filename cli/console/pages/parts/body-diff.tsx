// What changes about a body, line by line.
import { lineDiff } from '../../../dead-letters/line-diff.ts';
import { jsonLines } from '../json-lines.ts';
import { counted } from '../words.ts';
import { Pieces } from './text.tsx';

/** More lines are not shown: the difference is somewhere, and the whole is above. */
const MOST_LINES = 60;

/** The lines that go and that come. JSON is compared part by part. */
export function BodyDiff({ before, after }: { before: string; after: string }) {
  const [old, fresh] = [jsonLines(before), jsonLines(after)];
  const parts = old === undefined || fresh === undefined || old === fresh ? [before, after] : [old, fresh];
  const [from = '', to = ''] = parts;
  const { gone, come } = lineDiff(from.split(/\r?\n/), to.split(/\r?\n/));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="foreign-text diff" aria-label="What changes" tabIndex={0}>
      <pre>
        <Lines lines={gone} sign="-" className="diff-gone" words="goes" />
        <Lines lines={come} sign="+" className="diff-come" words="comes" />
      </pre>
    </section>
  );
}

function Lines({
  lines,
  sign,
  className,
  words,
}: {
  lines: readonly string[];
  sign: string;
  className: string;
  words: string;
}) {
  const more = lines.length - MOST_LINES;
  return (
    <>
      {lines.slice(0, MOST_LINES).map((line, index) => (
        <span key={`${index} ${line}`} class={className}>
          <span aria-hidden="true">{sign} </span>
          <span class="unseen-text">{words}: </span>
          <Pieces text={line} />
          {'\n'}
        </span>
      ))}
      {more > 0 && `… and ${counted(more, 'more line', 'more lines')}\n`}
    </>
  );
}
